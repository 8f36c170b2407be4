/* evaluate.c: bprop evaluate MODEL DATA */
#include "commands.h"
#include "describe.h"
#include "load.h"
#include "report.h"

#include <stdio.h>

static bp_status evaluate(const options *o, bp_model **model, bp_dataset **data,
                          bp_evaluation *evaluation, bp_error *error)
{
    const bp_kernel *kernel;
    bp_status status = load_all(o, &kernel, model, data, error);
    if (!status)
        status = bp_model_evaluate(*model, kernel, threads_of(o, kernel), *data, evaluation, error);
    return status;
}

int run_evaluate(const options *o)
{
    bp_error error;
    bp_model *model = NULL;
    bp_dataset *data = NULL;
    bp_evaluation evaluation = {0};
    int exit_status = EXIT_DONE;
    if (evaluate(o, &model, &data, &evaluation, &error))
        exit_status = report_error(&error);
    else
        describe_dropped(data);
    if (!exit_status && o->json)
        exit_status = print_json(evaluation_to_json(model, &evaluation));
    else if (!exit_status)
        print_evaluation(stdout, model, &evaluation);
    bp_evaluation_clear(&evaluation);
    bp_dataset_destroy(data);
    bp_model_destroy(model);
    return exit_status;
}
