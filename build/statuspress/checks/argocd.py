"""Argo CD integration: does the cluster follow the repository?"""

from statuspress.checks.check import Ask, Check, Criterion

ARGOCD = Criterion(
    "argocd",
    "Argo CD integration",
    "Whether the cluster runs what the repository says, healthily and by itself.",
    (
        Check(
            "argocd.synced",
            "The application is in sync",
            "The cluster runs what the repository says.",
            1,
            "argocd.synced",
            Ask.TRUE,
            "Sync the application, and see its conditions.",
        ),
        Check(
            "argocd.healthy",
            "The application is healthy",
            "Argo CD's own view of the application's resources.",
            1,
            "argocd.healthy",
            Ask.TRUE,
            "See which resource is degraded.",
        ),
        Check(
            "argocd.automated",
            "Syncing, pruning and healing are automatic",
            "Changes by hand do not last.",
            1,
            "argocd.automated",
            Ask.TRUE,
            "Set syncPolicy.automated with prune and selfHeal.",
        ),
    ),
)
