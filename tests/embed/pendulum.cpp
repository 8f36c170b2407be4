// A formula that is costly in a simulation's inner loop, learnt by a network: how much longer a
// pendulum takes at large amplitudes, 1 / agm(1, cos(amplitude / 2)).
#include <bprop/bprop.h>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

struct destroy {
    void operator()(bp_network *network) const { bp_network_destroy(network); }
    void operator()(bp_workspace *workspace) const { bp_workspace_destroy(workspace); }
};
template <class T> using owned = std::unique_ptr<T, destroy>;

static bp_error error;
static void check(bp_status status)
{
    if (status)
        throw std::runtime_error(error.message);
}

static double slowdown(double amplitude)
{
    double a = 1, b = std::cos(amplitude / 2);
    while (a - b > 1e-12) {
        const double mean = (a + b) / 2;
        b = std::sqrt(a * b);
        a = mean;
    }
    return 1 / a;
}

static double root_mean_square(const std::vector<bp_real> &a, const std::vector<bp_real> &b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); i++)
        sum += double(a[i] - b[i]) * double(a[i] - b[i]);
    return std::sqrt(sum / double(a.size()));
}

int main()
try {
    std::vector<bp_real> amplitude, period;
    for (double radians = 0; radians < 2.5; radians += 0.01) {
        amplitude.push_back(bp_real(radians));
        period.push_back(bp_real(slowdown(radians)));
    }
    std::vector<bp_real> answer(period.size());

    const std::size_t sizes[] = {1, 16, 1};
    const bp_activation *const activations[] = {bp_activation_find("tanh", nullptr),
                                                bp_activation_find("identity", nullptr)};
    bp_network *made = nullptr;
    check(bp_network_create(sizes, 2, activations, &made, &error));
    const owned<bp_network> network(made);
    check(bp_network_initialize(network.get(), "glorot", 1, &error));

    bp_arrays arrays = {};
    arrays.rows = amplitude.size(), arrays.inputs = arrays.outputs = arrays.ldx = arrays.ldt = 1;
    arrays.X = amplitude.data(), arrays.T = period.data();
    const bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    how.learning_rate = 0.02, how.epochs = 1000, how.schedule = bp_schedule_find("cosine", nullptr);
    check(bp_train(network.get(), bp_loss_find("mse", nullptr), &source, nullptr, &how, &error));

    bp_workspace *room = nullptr;
    check(bp_workspace_create(network.get(), nullptr, 64, &room, &error));
    const owned<bp_workspace> workspace(room);
    check(bp_predict(network.get(), workspace.get(), arrays.rows, arrays.X, 1, answer.data(), 1,
                     &error));
    const double typical = root_mean_square(answer, period);
    std::printf("%zu amplitudes, typical error of a period: %.4f\n", answer.size(), typical);
    return !(typical < 0.01);
} catch (const std::exception &failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
