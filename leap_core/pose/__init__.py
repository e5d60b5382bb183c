"""Pose estimation: networks, training, prediction and evaluation.

Import the module you need; TensorFlow is loaded by the functions that compute.
"""

from leap_core import environment

environment.for_networks()
