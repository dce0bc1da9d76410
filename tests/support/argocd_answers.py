"""Answers of Argo CD for tests: an application as its API describes it (v1alpha1Application), and its errors."""

from __future__ import annotations

from typing import Any

REVISION = "7c1f0ae4" * 5
NAME = "blacklist"


def application(**status: Any) -> dict[str, Any]:
    """An application that is well; `status` replaces parts of its status, and None takes one away."""
    source = {"repoURL": "https://code.example/blacklist.git", "path": "deploy/chart", "targetRevision": "main"}
    well: dict[str, Any] = {
        "sync": {
            "status": "Synced",
            "revision": REVISION,
            "comparedTo": {"source": source, "destination": {"server": "https://kubernetes.default.svc"}},
        },
        "health": {"status": "Healthy", "lastTransitionTime": "2031-03-18T12:00:00Z"},
        "history": [
            {
                "id": 1,
                "revision": "a" * 40,
                "deployStartedAt": "2031-03-16T09:59:00Z",
                "deployedAt": "2031-03-16T10:00:00Z",
                "source": source,
                "initiatedBy": {"automated": True},
            },
            {
                "id": 2,
                "revision": REVISION,
                "deployStartedAt": "2031-03-18T11:57:00Z",
                "deployedAt": "2031-03-18T12:00:00Z",
                "source": source,
                "initiatedBy": {"username": "operator"},
            },
        ],
        "operationState": {
            "operation": {"sync": {"revision": REVISION, "prune": True}},
            "phase": "Succeeded",
            "message": "successfully synced (all tasks run)",
            "startedAt": "2031-03-18T11:57:00Z",
            "finishedAt": "2031-03-18T12:00:30Z",
            "syncResult": {"revision": REVISION, "source": source, "resources": []},
        },
        "conditions": [
            {
                "type": "OrphanedResourceWarning",
                "message": "Application has 1 orphaned resources",
                "lastTransitionTime": "2031-03-17T09:00:00Z",
            }
        ],
        "resources": [
            {"kind": "Service", "name": NAME, "namespace": NAME, "version": "v1", "status": "Synced"},
            {
                "group": "apps",
                "kind": "Deployment",
                "name": NAME,
                "namespace": NAME,
                "version": "v1",
                "status": "Synced",
                "health": {"status": "Healthy"},
            },
            {
                "group": "autoscaling",
                "kind": "HorizontalPodAutoscaler",
                "name": NAME,
                "namespace": NAME,
                "version": "v2",
                "status": "OutOfSync",
                "health": {"status": "Degraded", "message": "no metrics"},
            },
        ],
        "reconciledAt": "2031-03-18T14:00:00Z",
        "sourceType": "Helm",
        "summary": {"images": ["registry.example/blacklist:1.2.3", "redis:7"]},
    }
    return {
        "metadata": {"name": NAME, "namespace": "argocd", "uid": "0f0e", "creationTimestamp": "2030-01-01T00:00:00Z"},
        "spec": {
            "project": "default",
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": NAME},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": ["CreateNamespace=true"],
                "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
            },
        },
        "status": {key: value for key, value in (well | status).items() if value is not None},
    }


def error(code: int, message: str) -> dict[str, Any]:
    """An error of its gRPC gateway (runtimeError)."""
    return {"error": message, "code": code, "message": message}
