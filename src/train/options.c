/* options.c: the options of a training: what they must be, and what their defaults stand for. */
#include "train/trainer.h"

#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

enum {
    BATCH_SIZE = 32, /* unless told otherwise */
    MOST_NAME = 63,  /* bytes of a name */
};

bp_train_options bp_train_defaults(void)
{
    return (bp_train_options){.epochs = 200, .l2 = -1, .seed = 1, .threads = 1};
}

/* A step of Adam and its like moves each weight by about the rate, whatever the gradient; what that
 * does to a neuron's sum grows with the number of weights. Between a rate for the best of all
 * widths alike and one that falls as 1/h (Yang et al., NeurIPS 2021), 1/√h did best: README,
 * "Defaults". */
static double default_rate(const bp_optimizer *optimizer, const bp_network *network)
{
    size_t widest = 1;
    for (size_t l = 0; l + 1 < bp_network_n_layers(network); l++)
        if (bp_network_layer(network, l).n > widest)
            widest = bp_network_layer(network, l).n;
    return optimizer->learning_rate / (optimizer->by_width ? sqrt((double)widest) : 1);
}

bp_train_options bp_train_settle(const bp_train_options *options, const bp_network *network,
                                 size_t rows)
{
    bp_train_options how = *options;
    if (!how.optimizer)
        how.optimizer = bp_optimizer_at(0);
    if (!how.schedule)
        how.schedule = bp_schedule_at(0);
    if (!(how.learning_rate > 0))
        how.learning_rate = default_rate(how.optimizer, network);
    if (how.l2 < 0)
        how.l2 = how.optimizer->l2;
    if (!how.schedule_epochs)
        how.schedule_epochs = how.schedule->epochs ? how.schedule->epochs : how.epochs;
    if (!how.batch_size)
        how.batch_size = how.optimizer->all_rows ? rows : BATCH_SIZE;
    if (how.batch_size > rows)
        how.batch_size = rows;
    if (!how.kernel)
        how.kernel = bp_kernel_at(0);
    if (!how.threads)
        how.threads = bp_processors();
    return how;
}

/* ---- Checks ------------------------------------------------------------------------------- */

/* A number of the options, and where it must lie; no maximum: infinity. */
typedef struct range {
    const char *name;
    double value, least, below;
} range;

static bp_status check_ranges(const bp_train_options *how, bp_error *error)
{
    const range ranges[] = {
        {"learning_rate", how->learning_rate, 0, INFINITY},
        {"l2", how->l2 < 0 ? 0 : how->l2, 0, INFINITY},
        {"dropout", how->dropout, 0, 1},
        {"clip_norm", how->clip_norm, 0, INFINITY},
        {"min_delta", how->min_delta, 0, INFINITY},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= ranges[i].least && ranges[i].value < ranges[i].below))
            return bp_fail(
                error, BP_ERROR_ARGUMENT, "%s is %g, not %s", ranges[i].name, ranges[i].value,
                ranges[i].below < INFINITY ? "from 0 to below 1" : "a finite number of 0 or more");
    return BP_OK;
}

/* What an optimizer that works in its own way has no use for. */
static bp_status check_optimizer(const bp_train_options *how, size_t rows, bp_error *error)
{
    const bp_optimizer *optimizer = how->optimizer ? how->optimizer : bp_optimizer_at(0);
    const char *name = optimizer->name, *unused = NULL;
    if (!optimizer->step && optimizer != bp_optimizer_find("lbfgs", NULL))
        return bp_fail(error, BP_ERROR_ARGUMENT, "optimizer %s has no step", name);
    if (optimizer->n_state > BP_MOST_STATES)
        return bp_fail(error, BP_ERROR_ARGUMENT, "optimizer %s has %zu states; at most %d are kept",
                       name, optimizer->n_state, BP_MOST_STATES);
    if (optimizer->step && !(how->learning_rate > 0) && !(optimizer->learning_rate > 0))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "optimizer %s has no default learning_rate; give one", name);
    if (how->l2 < 0 && !(optimizer->l2 >= 0))
        return bp_fail(error, BP_ERROR_ARGUMENT, "optimizer %s has no default l2; give one", name);
    if (optimizer->all_rows && how->batch_size && how->batch_size < rows)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "%s takes all rows at once, not batches of %zu; leave the batch size away",
                       name, how->batch_size);
    bool scheduled = how->warmup || (how->schedule && how->schedule != bp_schedule_at(0));
    if (optimizer->sizes_steps && scheduled)
        unused = "schedule or warm-up";
    if (!optimizer->step && how->learning_rate > 0)
        unused = "learning rate";
    if (!optimizer->step && how->dropout > 0)
        unused = "dropout, which changes the loss from one evaluation to the next";
    if (!optimizer->step && how->clip_norm > 0)
        unused = "clipping of the gradient";
    if (unused)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "%s finds the size of its steps itself; it takes no %s", name, unused);
    return BP_OK;
}

/* Names go into the state's settings, a line each, and from there into files. */
static bp_status check_name(const char *what, const char *name, bp_error *error)
{
    size_t length = name ? strlen(name) : 0;
    bool plain = length > 0 && length <= MOST_NAME && bp_utf8_prefix(name, length) == length;
    for (size_t i = 0; plain && i < length; i++)
        plain = (unsigned char)name[i] >= ' ';
    if (plain)
        return BP_OK;
    return bp_fail(error, BP_ERROR_ARGUMENT, "the name of the %s is not 1 to %d bytes of UTF-8",
                   what, MOST_NAME);
}

static bp_status check_names(const bp_loss *loss, const bp_train_options *how, bp_error *error)
{
    bp_status status = check_name("loss", loss->name, error);
    if (!status && how->optimizer)
        status = check_name("optimizer", how->optimizer->name, error);
    if (!status && how->schedule)
        status = check_name("schedule", how->schedule->name, error);
    return status;
}

bp_status bp_train_check(const bp_network *network, const bp_loss *loss, const bp_source *train,
                         const bp_source *validation, const bp_train_options *options,
                         bp_error *error)
{
    if (!network || !loss || !train)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network, loss and train must not be NULL");
    bp_status status = check_names(loss, options, error);
    if (!status)
        status = check_ranges(options, error);
    if (!status)
        status = check_optimizer(options, train->rows, error);
    if (!status)
        status = bp_source_check(train, network, "train on", error);
    if (!status && validation)
        status = bp_source_check(validation, network, "validate on", error);
    return status ? status : bp_loss_check(loss, network, error);
}
