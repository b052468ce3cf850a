"""Trains small LightGBM models on invented data, a text file each, and prints what LightGBM predicts of planted rows.

    python generate_lightgbm.py FOLDER ROUNDS LEAVES [NAME ...]

Fixtures: `python generate_lightgbm.py fixtures 3 5 binary multiclass zero_as_missing > fixtures/lightgbm.json` (LightGBM 4.7).
"""

import json
import sys

import lightgbm as lgb
import numpy as np

folder, rounds, leaves, only = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
rng = np.random.default_rng(5)
n = 1500
X = np.empty((n, 5))
X[:, 0] = rng.integers(0, 500, n)
X[:, 1] = rng.random(n)
X[rng.random(n) < 0.2, 1] = np.nan
X[:, 2] = rng.integers(0, 12, n)
X[:, 3] = rng.normal(size=n) * (rng.random(n) < 0.5)
X[:, 4] = rng.random(n)
names = ['length.words', 'share', 'kind', 'zeros', 'other']
share = np.where(np.isnan(X[:, 1]), 0.7, X[:, 1] * 2)
y = X[:, 0] / 250 - 1 + share + np.isin(X[:, 2], [1, 4, 7, 8]) * 1.5 + X[:, 3] + rng.normal(size=n) * 0.3
targets = {
    'real': y,
    'yes': (y > 1.2).astype(int),
    'three': np.digitize(y, [0.5, 1.8]),
    'positive': np.exp(np.clip(y, -2, 2)),
    'share': 1 / (1 + np.exp(-y)),
}
models = {
    'binary': ('yes', {}),
    'binary-sigmoid': ('yes', dict(objective='binary', sigmoid=1.7)),
    'regression': ('real', {}),
    'sqrt': ('positive', dict(objective='regression', reg_sqrt=True)),
    'regression_l1': ('real', {}),
    'huber': ('real', {}),
    'fair': ('real', {}),
    'quantile': ('real', dict(alpha=0.7)),
    'mape': ('positive', {}),
    'poisson': ('positive', {}),
    'gamma': ('positive', {}),
    'tweedie': ('positive', {}),
    'cross_entropy': ('share', {}),
    'cross_entropy_lambda': ('share', {}),
    'multiclass': ('three', dict(num_class=3)),
    'multiclassova': ('three', dict(num_class=3)),
    'zero_as_missing': ('yes', dict(objective='binary', zero_as_missing=True)),
    'no_missing': ('yes', dict(objective='binary', use_missing=False)),
    'forest': ('yes', dict(objective='binary', boosting='rf', bagging_freq=1, bagging_fraction=0.7)),
    'dart': ('real', dict(objective='regression', boosting='dart')),
    'one_hot': ('real', dict(objective='regression', max_cat_to_onehot=20)),
    'one_leaf': ('real', dict(objective='regression', min_data_in_leaf=5000)),
}
edges = [np.nan, 0, -1, 1e300, -1e300, 1e-36, -1e-36, 1e-35, 2e-35, 5.5, -0.5, 31, 32, 2147483647, 2147483648, 4294967297]
scattered = rng.normal(size=(60, 5)) * np.array([300, 1, 8, 1, 1])
rows = np.concatenate([X[:40], scattered, np.array([[edge] * 5 for edge in edges])])
found = {}
for name, (target, given) in models.items():
    if only and name not in only:
        continue
    options = dict(objective=name, num_leaves=leaves, min_data_in_leaf=10, verbose=-1, num_threads=1, deterministic=True, seed=3)
    data = lgb.Dataset(X, targets[target], feature_name=names, categorical_feature=['kind'])
    model = lgb.train(options | given, data, num_boost_round=rounds)
    model.save_model(f'{folder}/lightgbm-{name}.txt')
    found[name] = {
        'raw': np.asarray(model.predict(rows, raw_score=True)).reshape(len(rows), -1).tolist(),
        'scores': np.asarray(model.predict(rows)).reshape(len(rows), -1).tolist(),
    }
if not only:
    data = lgb.Dataset(np.nan_to_num(X), y, feature_name=names)
    options = dict(objective='regression', linear_tree=True, verbose=-1, num_threads=1)
    lgb.train(options, data, num_boost_round=2).save_model(f'{folder}/lightgbm-linear.txt')
shown = [[None if np.isnan(value) else float(value) for value in row] for row in rows]
print(json.dumps({'rows': shown, 'models': found}))
