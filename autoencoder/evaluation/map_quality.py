"""How well a map keeps neighbours together, and how much of its error is the encoder's."""

from typing import Any, Final

import torch
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from autoencoder import metrics
from autoencoder.model.network import Autoencoder
from autoencoder.weights.latent_map import encode_all, occupied_share

GAP_IMAGES: Final = 1_000
TRUSTWORTHINESS_NEIGHBOURS: Final = 5
_RANKED: Final = 10_000
"""Test images whose distances are ranked: at 20 bytes a pair they take 2 GB."""

_GRID_CELLS: Final = 150
_GAP_STEPS: Final = 200
_GAP_LEARNING_RATE: Final = 0.02


def knn_accuracy(train_codes: Tensor, train_labels: Tensor, test_codes: Tensor, test_labels: Tensor, k: int) -> float:
    """Share of test items whose class the majority of their ``k`` nearest training codes tells.

    Args:
        train_codes, test_codes: ``(N, D)`` and ``(M, D)``.
        train_labels, test_labels: ``(N,)`` and ``(M,)`` class numbers.
        k: neighbours that vote.
    """
    classifier = KNeighborsClassifier(k).fit(train_codes.cpu().numpy(), train_labels.cpu().numpy())
    return float(classifier.score(test_codes.cpu().numpy(), test_labels.cpu().numpy()))


def measure(
    train_codes: Tensor, train_labels: Tensor, test_codes: Tensor, test_labels: Tensor, test_images: Tensor
) -> dict[str, float]:
    """Figures of merit of the codes of clean images, by the protocol of the Parametric UMAP paper.

    Returns:
        ``knn1_accuracy``, ``knn5_accuracy`` (training codes vote on test codes), ``trustworthiness``
        (5 neighbours, up to 10,000 test codes against test pixels; Venna & Kaski, 2001) and, for 2-D codes,
        ``occupied_share`` of a 50 x 50 grid.
    """
    result = {f"knn{k}_accuracy": knn_accuracy(train_codes, train_labels, test_codes, test_labels, k) for k in (1, 5)}
    result["trustworthiness"] = float(
        trustworthiness(
            test_images[:_RANKED].flatten(1).cpu().numpy(),
            test_codes[:_RANKED].cpu().numpy(),
            n_neighbors=TRUSTWORTHINESS_NEIGHBOURS,
        )
    )
    if test_codes.shape[1] == 2:
        result["occupied_share"] = occupied_share(test_codes.cpu().numpy())
    return result


def amortisation_gap(model: Autoencoder, images: Tensor) -> dict[str, Any]:
    """What a perfect encoder would gain: error at the encoder's codes against error at the best codes.

    The best code of each clean image is sought with Adam from the better of two starts: the
    encoder's code and, for 2-D codes, the best place of a 150 x 150 grid over the plane.

    Args:
        model: moved to eval mode.
        images: ``(N, 1, 28, 28)`` in [0, 1].

    Returns:
        ``encoder_mse``, ``optimised_mse``, their difference ``gap``, and ``n``; ``network_mse`` is the
        error of the encoder network's own codes, before the model refines them.
    """
    model.eval()
    z = encode_all(model, images)
    encoder_error = _errors(model, z, images)
    network_error = _errors(model, encode_all(model, images, refined=False), images)
    best, error = z, encoder_error
    if z.shape[1] == 2:
        start = _best_on_grid(model, z, images)
        better = (start_error := _errors(model, start, images)) < error
        best, error = torch.where(better[:, None], start, best), torch.where(better, start_error, error)
    error = torch.minimum(error, _descend(model, best, images))
    encoder_mse, optimised = encoder_error.mean().item(), error.mean().item()
    return {
        "network_mse": network_error.mean().item(),
        "encoder_mse": encoder_mse,
        "optimised_mse": optimised,
        "gap": encoder_mse - optimised,
        "n": len(images),
    }


@torch.inference_mode()
def _errors(model: Autoencoder, z: Tensor, images: Tensor) -> Tensor:
    return metrics.mse(model.decode(z).clamp(0, 1), images)


@torch.inference_mode()
def _best_on_grid(model: Autoencoder, z: Tensor, images: Tensor) -> Tensor:
    low, high = z.amin(0), z.amax(0)
    steps = torch.linspace(0, 1, _GRID_CELLS, device=z.device)
    places = torch.cartesian_prod(steps, steps) * (high - low) + low  # (cells^2, 2)
    decoded = torch.cat([model.decode(batch).clamp(0, 1) for batch in places.split(2_000)]).flatten(1)
    squares = decoded.square().sum(1)
    nearest = [torch.addmm(squares, batch.flatten(1), decoded.T, alpha=-2).argmin(1) for batch in images.split(200)]
    return places[torch.cat(nearest)]


def _descend(model: Autoencoder, start: Tensor, images: Tensor) -> Tensor:
    """Lowest error ``(N,)`` seen on Adam's way from ``start``."""
    z = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=_GAP_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _GAP_STEPS)
    lowest = torch.full((len(images),), torch.inf, device=images.device)
    for _ in range(_GAP_STEPS):
        errors = metrics.mse(model.decode(z).clamp(0, 1), images)
        lowest = torch.minimum(lowest, errors.detach())
        # Only the codes' gradient is asked for: the model's own stays untouched.
        (z.grad,) = torch.autograd.grad(errors.sum(), z)
        optimizer.step()
        schedule.step()
    return lowest
