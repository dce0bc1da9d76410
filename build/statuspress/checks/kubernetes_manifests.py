"""Kubernetes manifests: does what is applied hold to the rules?"""

from statuspress.checks.check import Ask, Check, Criterion

KUBERNETES_MANIFESTS = Criterion(
    "kubernetes-manifests",
    "Kubernetes manifests",
    "Whether the manifests set probes, limits, a restricted security context, network rules and budgets.",
    (
        Check(
            "kubernetes-manifests.probes",
            "Containers have all probes",
            "The share of containers with startup, readiness and liveness probes.",
            1,
            "manifests.probes",
            Ask.AT_LEAST,
            "Add the probes that are missing.",
        ),
        Check(
            "kubernetes-manifests.limits",
            "Containers have requests and limits",
            "The share of containers that set both for memory.",
            1,
            "manifests.limits",
            Ask.AT_LEAST,
            "Set requests and limits.",
        ),
        Check(
            "kubernetes-manifests.restricted",
            "Containers run restricted",
            "The share of containers within the Pod Security Standard `restricted`.",
            1,
            "manifests.restricted",
            Ask.AT_LEAST,
            "Set the security context of the standard.",
        ),
        Check(
            "kubernetes-manifests.network",
            "A network policy limits the pods",
            "Without one every pod reaches every other.",
            1,
            "manifests.network",
            Ask.TRUE,
            "Add a NetworkPolicy.",
        ),
        Check(
            "kubernetes-manifests.budget",
            "A disruption budget keeps replicas running",
            "Without one a drained node may take all replicas at once.",
            1,
            "manifests.budget",
            Ask.TRUE,
            "Add a PodDisruptionBudget.",
        ),
        Check(
            "kubernetes-manifests.unmounted",
            "No pod gets a token to the cluster",
            "A pod that never asks the cluster needs no token that could be stolen from it.",
            1,
            "manifests.unmounted",
            Ask.TRUE,
            "Set automountServiceAccountToken to false.",
        ),
        Check(
            "kubernetes-manifests.pinned",
            "Images are named by their digest",
            "The share of containers whose image cannot change under its name.",
            1,
            "manifests.pinned",
            Ask.AT_LEAST,
            "Name images by their digest, after an @.",
        ),
    ),
)
