/* bprop.h: all of bprop. Multilayer perceptrons trained by backpropagation on BLAS. */
#ifndef BPROP_BPROP_H
#define BPROP_BPROP_H

#include <bprop/dataset.h>
#include <bprop/dense.h>
#include <bprop/model.h>
#include <bprop/network.h>
#include <bprop/status.h>
#include <bprop/train.h>

#endif
