/* naive.c: the founding document's program in C, neuron by neuron and row by row, as one writes it
 * without matrices. Usage as epoch's, whose work it does; each row is a step of its own, so the
 * size of the batches plays no part. */
#include "shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef REAL real; /* from the command line of the compiler */
#define TEXT_OF(x) #x
#define NAME_OF(x) "naive loops, " TEXT_OF(x)

typedef struct neuron {
    real *weights; /* the bias last */
    real output, delta;
} neuron;

typedef struct layer {
    size_t n_inputs, n_neurons;
    neuron *neurons;
    real *outputs; /* of its neurons, side by side: the inputs of the next layer */
} layer;

typedef struct network {
    const shape *shape;
    layer layers[MOST_LAYERS];
    real *X, *T;
    size_t *order; /* of the rows */
} network;

static void forward(network *net, const real *inputs)
{
    for (size_t l = 0; l < net->shape->n_layers; inputs = net->layers[l++].outputs)
        for (size_t j = 0; j < net->layers[l].n_neurons; j++) {
            size_t n = net->layers[l].n_inputs;
            neuron *neuron = &net->layers[l].neurons[j];
            real sum = neuron->weights[n];
            for (size_t i = 0; i < n; i++)
                sum += neuron->weights[i] * inputs[i];
            neuron->output = net->layers[l].outputs[j] = 1 / (1 + (real)exp((double)-sum));
        }
}

static void backward(network *net, const real *expected)
{
    for (size_t l = net->shape->n_layers; l-- > 0;)
        for (size_t j = 0; j < net->layers[l].n_neurons; j++) {
            neuron *neuron = &net->layers[l].neurons[j];
            const layer *next = &net->layers[l + 1];
            real error = 0;
            if (l + 1 == net->shape->n_layers)
                error = neuron->output - expected[j];
            else
                for (size_t o = 0; o < next->n_neurons; o++)
                    error += next->neurons[o].weights[j] * next->neurons[o].delta;
            neuron->delta = error * neuron->output * (1 - neuron->output);
        }
}

static void update(network *net, const real *inputs, real learning_rate)
{
    for (size_t l = 0; l < net->shape->n_layers; inputs = net->layers[l++].outputs)
        for (size_t j = 0; j < net->layers[l].n_neurons; j++) {
            size_t n = net->layers[l].n_inputs;
            real *weights = net->layers[l].neurons[j].weights;
            real step = learning_rate * net->layers[l].neurons[j].delta;
            for (size_t i = 0; i < n; i++)
                weights[i] -= step * inputs[i];
            weights[n] -= step;
        }
}

static void train_epoch(void *data)
{
    network *net = data;
    const shape *s = net->shape;
    for (size_t i = s->rows; i > 1; i--) { /* shuffles */
        size_t j = (size_t)(next_random() * (double)i) % i, row = net->order[j];
        net->order[j] = net->order[i - 1];
        net->order[i - 1] = row;
    }
    for (size_t i = 0; i < s->rows; i++) {
        const real *row = net->X + net->order[i] * s->sizes[0];
        forward(net, row);
        backward(net, net->T + net->order[i] * s->sizes[s->n_layers]);
        update(net, row, (real)1e-3);
    }
}

static real *random_block(size_t n, double least, double most)
{
    real *values = must(malloc(n * sizeof *values));
    for (size_t i = 0; i < n; i++)
        values[i] = (real)(least + (most - least) * next_random());
    return values;
}

static void make(network *net, const shape *s)
{
    net->shape = s;
    net->X = random_block(s->rows * s->sizes[0], 0, 1);
    net->T = random_block(s->rows * s->sizes[s->n_layers], 0, 1);
    net->order = must(malloc(s->rows * sizeof *net->order));
    for (size_t i = 0; i < s->rows; i++)
        net->order[i] = i;
    for (size_t l = 0; l < s->n_layers; l++) {
        size_t n = s->sizes[l + 1];
        net->layers[l] = (layer){.n_inputs = s->sizes[l], .n_neurons = n};
        net->layers[l].outputs = random_block(n, 0, 1);
        net->layers[l].neurons = must(calloc(n, sizeof(neuron)));
        for (size_t j = 0; j < n; j++)
            net->layers[l].neurons[j].weights = random_block(s->sizes[l] + 1, -0.1, 0.1);
    }
}

int main(int argc, char **argv)
{
    shape s;
    network net;
    if (!parse_shape(argc, argv, &s))
        return 2;
    make(&net, &s);
    contender c = {.name = NAME_OF(REAL), .run = train_epoch, .data = &net};
    if (!measure(&c, 1, s.turns, 0.2))
        abort();
    print_contenders(&c, 1, 1, "none", "none");
    return 0;
}
