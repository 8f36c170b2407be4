#include "setup.h"

#include "load.h"

#include <string.h>

bp_model_options model_options_of(const options *o)
{
    return (bp_model_options){
        .target = o->target,
        .task = o->task,
        .scale = o->scale,
        .hidden = o->hidden,
        .activation = o->activation,
        .output = o->output_activation,
        .loss = o->loss,
        .init = o->init,
        .init_from = o->init_from,
        .fill_missing = strcmp(o->missing, "mean") == 0,
        .seed = o->seed,
        .weight_column = o->weight_column,
        .class_weight = o->class_weight,
    };
}

bp_status train_options_of(const options *o, bp_train_options *how, bp_error *error)
{
    *how = (bp_train_options){
        .learning_rate = o->learning_rate,
        .schedule_epochs = o->schedule_epochs,
        .warmup = o->warmup,
        .epochs = o->epochs,
        .batch_size = o->batch_size == UINT64_MAX ? BP_ALL_ROWS : (size_t)o->batch_size,
        .file_order = strcmp(o->shuffle, "no") == 0,
        .l2 = o->l2,
        .dropout = o->dropout,
        .clip_norm = o->clip_norm,
        .patience = o->patience,
        .min_delta = o->min_delta,
        .keep_good = o->on_divergence && strcmp(o->on_divergence, "keep") == 0,
        .train_only = o->train_only,
        .seed = o->seed,
    };
    if (!(how->kernel = choose_kernel(o, error)) ||
        !(how->optimizer = bp_optimizer_find(o->optimizer, error)) ||
        !(how->schedule = bp_schedule_find(o->schedule, error)))
        return error->status;
    how->threads = threads_of(o, how->kernel);
    return BP_OK;
}
