{{/* What every pod has. Called with (list $ uid). */}}
{{- define "blacklist.pod" -}}
{{- $root := index . 0 -}}
{{- $uid := index . 1 -}}
serviceAccountName: {{ include "blacklist.name" $root }}
automountServiceAccountToken: false
{{- /* A Service named `blacklist` would otherwise become a variable BLACKLIST_PORT=tcp://…, which is a setting's name. */}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $root.Values.scheduling.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.scheduling.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "blacklist.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* The store, the data folder, and the settings, by name: a variable stands once. */}}
{{- define "blacklist.environment" -}}
{{- $fixed := dict "BLACKLIST_DATA" "/data" -}}
{{- if .Values.importer.feeds }}{{ $_ := set $fixed "BLACKLIST_FEEDS" "/etc/blacklist/feeds/feeds.toml" }}{{ end -}}
{{- if eq .Values.redis.mode "included" }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.secretName }}
      key: {{ .Values.redis.passwordKey }}
- name: BLACKLIST_STORE
  value: redis://:$(REDIS_PASSWORD)@{{ include "blacklist.name" . }}-redis:6379/0
{{- else }}
- name: BLACKLIST_STORE
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.secretName }}
      key: {{ .Values.redis.urlKey }}
{{- end }}
{{- range $name, $value := merge $fixed .Values.server.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "blacklist.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.importer.feeds }}
- name: feeds
  mountPath: /etc/blacklist/feeds
  readOnly: true
{{- end }}
{{- if .Values.redis.caSecretName }}
- name: ca
  mountPath: /etc/blacklist/ca
  readOnly: true
{{- end }}
{{- end }}

{{- define "blacklist.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if .Values.importer.feeds }}
- name: feeds
  configMap:
    name: {{ include "blacklist.name" . }}-feeds
{{- end }}
{{- with .Values.redis.caSecretName }}
- name: ca
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}

{{/* The feeds are read at the start: new ones replace the pods. */}}
{{- define "blacklist.rollout" -}}
{{- with .Values.importer.feeds -}}
annotations:
  checksum/feeds: {{ sha256sum . }}
{{- end }}
{{- end }}

{{/* Jobs share the importer's disk, which one node alone can have: they go where it is. */}}
{{- define "blacklist.besideImporter" -}}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - labelSelector:
          matchLabels:
            {{- include "blacklist.selector" (list . "importer") | nindent 12 }}
        topologyKey: kubernetes.io/hostname
{{- end }}
