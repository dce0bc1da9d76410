{{/* What the schema can't say: values that don't go together. Each message says what to do. */}}
{{- define "blacklist.check" -}}
{{- include "blacklist.checkSizes" (list "" .Values) -}}
{{- with .Values }}
{{- if and .image.requireDigest (not .image.digest) }}
{{- fail "image.digest: this environment runs an image by its digest, and has none: set sha256:… of what was built" }}
{{- end }}
{{- if and .image.requireDigest (eq .redis.mode "included") (not .redis.image.digest) }}
{{- fail "redis.image.digest: this environment runs images by their digests: set it, or take redis.mode=external" }}
{{- end }}
{{- if and .autoscaling.enabled (lt (int .autoscaling.maxReplicas) (int .autoscaling.minReplicas)) }}
{{- fail (printf "autoscaling.maxReplicas: %v is less than autoscaling.minReplicas, %v" .autoscaling.maxReplicas .autoscaling.minReplicas) }}
{{- end }}
{{- if and .service.nodePort (ne .service.type "NodePort") }}
{{- fail (printf "service.nodePort: %v goes with service.type=NodePort, and it is %s" .service.nodePort .service.type) }}
{{- end }}
{{- if and .ingress.enabled (not .ingress.host) }}
{{- fail "ingress.host: an Ingress needs a host name: set it, or ingress.enabled=false" }}
{{- end }}
{{- if and .backup.enabled (not .persistence.enabled) }}
{{- fail "backup.enabled: backups need a disk: set persistence.enabled=true, or backup.enabled=false" }}
{{- end }}
{{- if and (eq .redis.mode "external") .networkPolicy.enabled (not .networkPolicy.redis) }}
{{- fail "networkPolicy.redis: nothing would reach the external Redis: say where it is, or networkPolicy.enabled=false" }}
{{- end }}
{{- if and .monitoring.serviceMonitor (not .monitoring.keySecretName) (not (hasKey .server.settings "BLACKLIST_METRICS_NETWORKS")) }}
{{- fail "monitoring.keySecretName: /metrics needs a key: name its Secret, or set BLACKLIST_METRICS_NETWORKS in server.settings" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The API server writes 1024Mi as 1Gi, and Argo CD would show a difference for ever. */}}
{{- define "blacklist.checkSizes" -}}
{{- $place := index . 0 }}
{{- range $key, $value := index . 1 }}
{{- if kindIs "map" $value }}
{{- include "blacklist.checkSizes" (list (printf "%s%s." $place $key) $value) }}
{{- else if and (kindIs "string" $value) (has $key (list "memory" "size" "dataSize")) }}
{{- $number := regexFind "^[0-9]+" $value | int }}
{{- if and (not (hasSuffix "Ti" $value)) (eq (mod $number 1024) 0) }}
{{- $next := get (dict "Ki" "Mi" "Mi" "Gi" "Gi" "Ti") (trimPrefix (toString $number) $value) }}
{{- fail (printf "%s%s: %s is kept by the API server as %d%s, and would differ for ever: write that" $place $key $value (div $number 1024) $next) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
