// A network learns a curve: data in std::vector, what bprop makes in std::unique_ptr.
#include <bprop/bprop.h>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

static bp_error error;
static void check(bp_status status) { if (status) throw std::runtime_error(error.message); }

using Network = std::unique_ptr<bp_network, decltype(&bp_network_destroy)>;
using Workspace = std::unique_ptr<bp_workspace, decltype(&bp_workspace_destroy)>;

int main() try {
    std::vector<bp_real> x(200), y(200), found(200);
    for (std::size_t i = 0; i < 200; i++)
        x[i] = bp_real(i) / 100 - 1, y[i] = std::sin(3 * x[i]);

    const bp_activation *activations[] = {bp_activation_find("tanh", nullptr), bp_activation_find("identity", nullptr)};
    const std::size_t sizes[] = {1, 16, 1};
    bp_network *made = nullptr;
    check(bp_network_create(sizes, 2, activations, &made, &error));
    const Network network(made, bp_network_destroy);
    check(bp_network_initialize(made, "glorot", 1, &error));

    const bp_arrays arrays = {x.size(), 1, 1, x.data(), 1, y.data(), 1, nullptr};
    const bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    how.learning_rate = 0.01, how.epochs = 2000;
    check(bp_train(made, bp_loss_find("mse", nullptr), &source, nullptr, &how, &error));

    bp_workspace *room = nullptr;
    check(bp_workspace_create(made, nullptr, x.size(), &room, &error));
    const Workspace workspace(room, bp_workspace_destroy);
    check(bp_predict(made, room, x.size(), x.data(), 1, found.data(), 1, &error));

    double worst = 0;
    for (std::size_t i = 0; i < 200; i++)
        worst = std::fmax(worst, std::fabs(double(found[i] - y[i])));
    std::printf("sin 3x: off by at most %.3f\n", worst);
    return worst > 0.1;
} catch (const std::exception &failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
