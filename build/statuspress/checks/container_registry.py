"""Container registry: which image is there, how old is it, and whom does it run as?"""

from statuspress.checks.check import Ask, Check, Criterion

CONTAINER_REGISTRY = Criterion(
    "container-registry",
    "Container registry",
    "Whether the registry holds a recent image that does not run as root.",
    (
        Check(
            "container-registry.tag",
            "An image is tagged",
            "The registry lists a tag of the image.",
            1,
            "registry.tag",
            Ask.KNOWN,
            "Push an image.",
        ),
        Check(
            "container-registry.age",
            "The image is recent",
            "An old image misses the security fixes of its base.",
            1,
            "registry.image.age",
            Ask.AT_MOST,
            "Build and push the image again.",
        ),
        Check(
            "container-registry.user",
            "The image runs as a user other than root",
            "An image that names no user runs as root.",
            1,
            "registry.image.nonroot",
            Ask.TRUE,
            "Set USER in the Dockerfile.",
        ),
    ),
)
