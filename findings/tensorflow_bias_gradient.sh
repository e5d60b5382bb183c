#!/bin/bash
# TensorFlow 2.21.0 and Keras 3.15.1, on the CPU: under mixed_bfloat16, gradients of biases stop
# growing at a few hundred.
#
# Expected: a layer of 294,912 output pixels whose loss is the sum of its output has the gradient
# 294912 at each bias, a number that bfloat16 holds exactly. The guide to mixed precision
# (https://www.tensorflow.org/guide/mixed_precision) says that a model trains as well as in float32,
# since what needs it is kept in 32 bits; the biases themselves are float32. tf.reduce_sum of the
# same numbers in bfloat16 is exact, and so is the same layer in mixed_float16 as far as its range
# goes.
#
# Seen: a few hundred. BiasAddGrad, the gradient of the bias, adds up in bfloat16, where 256 + 1 is
# 256; where exactly it stops depends on filters and pixels. With one filter the gradient is right,
# so that a test on one channel finds nothing.
#
# What the pipeline does: leap_core/pose/bias_gradient.py sums these gradients in float32.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet tensorflow==2.21.0 keras==3.15.1

cat > case.py <<'PYTHON'
import sys

import keras
import tensorflow as tf

print("TensorFlow", tf.__version__, "Keras", keras.__version__)


def gradient(policy, filters, side):
    layer = keras.layers.Conv2DTranspose(filters, 2, strides=2, dtype=policy)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.cast(layer(tf.ones((8, side, side, 1))), tf.float32))
    return [float(g) for g in tape.gradient(total, layer.bias.value)]


pixels = 8 * 192 * 192
print("pixels, and the gradient expected at each of 4 biases:", pixels)
print("float32:                      ", gradient("float32", 4, 96))
half = gradient("mixed_bfloat16", 4, 96)
print("mixed_bfloat16:               ", half)
print("mixed_bfloat16, one filter:   ", gradient("mixed_bfloat16", 1, 96))
print("mixed_float16, 32,768 pixels: ", gradient("mixed_float16", 4, 32))
print("mixed_bfloat16, 32,768 pixels:", gradient("mixed_bfloat16", 4, 32))
ones = tf.ones((pixels, 4), tf.bfloat16)
print("tf.reduce_sum of bfloat16:    ", [float(s) for s in tf.reduce_sum(ones, 0)])
summed = tf.raw_ops.BiasAddGrad(out_backprop=ones)
print("BiasAddGrad of the same:      ", [float(s) for s in summed])
if max(half) > pixels / 2:
    print("CHANGED: gradients of biases no longer saturate in bfloat16")
    sys.exit(1)
print(f"as described: {max(half) / pixels:.2%} of the gradient reaches the biases")
PYTHON
CUDA_VISIBLE_DEVICES="" TF_CPP_MIN_LOG_LEVEL=3 env/bin/python case.py
