/* schedule.c: what becomes of the learning rate. To add a schedule: its function, and its row. */
#include <bprop/train.h>

#include "base/error.h"

#include <math.h>

static double constant(size_t epoch, size_t epochs)
{
    (void)epoch, (void)epochs;
    return 1;
}

static double step(size_t epoch, size_t epochs)
{
    return exp2(-floor((double)(epoch - 1) / (double)epochs));
}

static double exponential(size_t epoch, size_t epochs)
{
    return exp2(-(double)(epoch - 1) / (double)epochs);
}

static double cosine(size_t epoch, size_t epochs)
{
    const double pi = 3.14159265358979323846;
    size_t done = (epoch < epochs ? epoch : epochs) - 1;
    return 0.5 * (1 + cos(pi * (double)done / (double)epochs));
}

static const bp_schedule schedules[] = {
    {"constant", 1, constant}, {"step", 50, step},    {"exponential", 50, exponential},
    {"cosine", 0, cosine},     {"plateau", 10, NULL},
};
enum { N_SCHEDULES = sizeof schedules / sizeof *schedules };

const bp_schedule *bp_schedule_at(size_t i) { return i < N_SCHEDULES ? &schedules[i] : NULL; }

const bp_schedule *bp_schedule_find(const char *name, bp_error *error)
{
    return bp_find(schedules, N_SCHEDULES, sizeof *schedules, "schedule", name, error);
}
