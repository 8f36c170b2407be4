/* show.c: bprop show MODEL */
#include "commands.h"
#include "document.h"
#include "report.h"

static json_t *neurons_to_json(const bp_network *network, size_t l)
{
    json_t *neurons = json_array();
    for (size_t j = 0; j < bp_network_layer(network, l).n; j++) {
        bp_neuron neuron = bp_network_neuron(network, NULL, l, j, 0);
        json_t *weights = json_array();
        for (size_t p = 0; p < neuron.n_weights; p++)
            append_json(&weights, json_real(neuron.weights[p]));
        append_json(&neurons, json_pack("{s:o, s:f}", "weights", weights, "bias", neuron.bias));
    }
    return neurons;
}

static json_t *model_to_json(const bp_model *model)
{
    const bp_network *network = bp_model_network(model);
    json_t *layers = json_array();
    for (size_t l = 0; l < bp_network_n_layers(network); l++)
        append_json(&layers, json_pack("{s:s, s:o}", "activation",
                                       bp_network_layer(network, l).activation->name, "neurons",
                                       neurons_to_json(network, l)));
    bp_answer kind = bp_model_answers(model);
    json_t *outputs = names_to_json(model, kind == BP_ANSWER_CLASS, bp_model_n_outputs(model));
    return json_pack("{s:s, s:o, s:s, s:I, s:o}", "task", bp_answer_name(kind), "outputs", outputs,
                     "loss", bp_model_loss(model)->name, "inputs",
                     (json_int_t)bp_network_inputs(network), "layers", layers);
}

int run_show(const options *o)
{
    bp_error error;
    bp_model *model = NULL;
    if (bp_model_load(o->arguments[0], &model, &error))
        return report_error(&error);
    int exit_status = EXIT_DONE;
    if (o->json)
        exit_status = print_json(model_to_json(model));
    else
        print_document_layers(bp_model_network(model), NULL, 0);
    bp_model_destroy(model);
    return exit_status;
}
