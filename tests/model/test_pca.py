"""Principal components against scikit-learn's."""

import numpy as np
import torch
from sklearn import decomposition

from autoencoder.model import pca


def test_mean_variances_and_planes_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    points = (generator.normal(size=(400, 12)) * np.linspace(1, 5, 12) + 3).astype(np.float32)
    oracle = decomposition.PCA(4).fit(points)
    found = pca.fit(torch.from_numpy(points), 4)
    np.testing.assert_allclose(found.mean.numpy(), oracle.mean_, rtol=1e-5)
    np.testing.assert_allclose(found.variances.numpy() * 400 / 399, oracle.explained_variance_, rtol=1e-4)
    signs = np.sign((found.basis.numpy().T * oracle.components_).sum(1, keepdims=True))
    np.testing.assert_allclose(found.basis.numpy().T * signs, oracle.components_, atol=1e-4)
    back = found.unproject(found.project(torch.from_numpy(points)))
    np.testing.assert_allclose(back.numpy(), oracle.inverse_transform(oracle.transform(points)), atol=1e-3)
