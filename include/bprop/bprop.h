/* bprop.h: all of bprop. Multilayer perceptrons trained by backpropagation on BLAS.
 *
 * bp_train() trains a bp_network on batches from a bp_source, which may be arrays of the host's,
 * and bp_predict() answers with it; passes, losses and gradients are there one by one, and the
 * matrix products below them. A bp_model is a network with what turns the rows of a bp_dataset, a
 * table out of a file, into its inputs and its outputs into answers, and has a file of its own.
 *
 * What a function makes belongs to the caller, and ends with the destroy function of its type; what
 * is found in the library's tables, by _at() and _find(), is static. Arguments stay the caller's.
 *
 * Whatever can fail returns a bp_status, which is BP_OK, 0, on success, and says why not in a
 * bp_error of the caller's.
 *
 * Threads may share what none of them changes, such as one network that all of them predict with, a
 * workspace each; what is changed, such as a network in training or a workspace in a pass, is of
 * one thread at a time.
 *
 * The library is a guest in its process. It prints nothing, ends nothing and keeps no global. The
 * locale, the environment, signal handlers and masks, the streams of rand() and its kin, the number
 * of BLAS's threads, the rounding mode and the traps of floating-point exceptions are the host's:
 * no call changes them, but bp_blas_set_threads(), which is for that. Computing raises the flags
 * inexact and underflow, and, where values run out of range, as in a training that diverges,
 * overflow and invalid or any other; none is cleared. Threads that it starts end before the call
 * returns, and take no signals but those that a thread brings upon itself. What is promised of
 * bits, of digits and of texts of numbers holds where the host rounds to nearest.
 *
 * Functions of the host's that bprop calls, such as `progress`, `fill` or an activation, must
 * return: an exception or longjmp() out of one leaves behind what the call had made. */
#ifndef BPROP_BPROP_H
#define BPROP_BPROP_H

#include <bprop/dataset.h>
#include <bprop/dense.h>
#include <bprop/model.h>
#include <bprop/network.h>
#include <bprop/status.h>
#include <bprop/train.h>

#endif
