/* bprop.h: all of bprop. Multilayer perceptrons trained by backpropagation on BLAS.
 *
 * bp_train() trains a bp_network on batches from a bp_source, which may be arrays of the host's, and
 * bp_predict() answers with it; passes, losses and gradients are there one by one, and the matrix
 * products below them. A bp_model is a network with what turns the rows of a bp_dataset, a table out
 * of a file, into its inputs and its outputs into answers, and has a file of its own.
 *
 * What a function makes belongs to the caller, and ends with the destroy function of its type; what
 * is found in the library's tables, by _at() and _find(), is static. Arguments stay the caller's.
 *
 * Whatever can fail returns a bp_status, which is BP_OK, 0, on success, and says why not in a
 * bp_error of the caller's. The library never prints, exits or keeps a global.
 *
 * Threads may share what none of them changes; what is changed, such as a network in training or a
 * workspace in a pass, is of one thread at a time. */
#ifndef BPROP_BPROP_H
#define BPROP_BPROP_H

#include <bprop/dataset.h>
#include <bprop/dense.h>
#include <bprop/model.h>
#include <bprop/network.h>
#include <bprop/status.h>
#include <bprop/train.h>

#endif
