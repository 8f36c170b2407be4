! test_fortran.f90: the module bprop: its structures are C's, arrays go in where they are, what does
! not fit is refused, callbacks stop a training, gradients are those of the loss.
module fortran_tests
  use, intrinsic :: iso_c_binding
  use bprop
  use bprop_c, only: c_bp_activation, c_bp_arrays, c_bp_error, c_bp_layer, c_bp_loss, &
    c_bp_model_options, c_bp_neuron, c_bp_read_options, c_bp_source, C_HEADER_NO
  implicit none

  integer :: failures = 0

  interface
    integer(c_int) function layout_differs(seen, n) bind(C)
      import :: c_int, c_size_t
      integer(c_size_t), intent(in) :: seen(*)
      integer(c_size_t), value :: n
    end function

    integer(c_int) function getpid() bind(C)
      import :: c_int
    end function
  end interface

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(len=*), intent(in) :: what
    if (holds) return
    print '(2a)', 'failed: ', what
    failures = failures + 1
  end subroutine

  subroutine expect_ok(error, what)
    type(bp_error), intent(in) :: error
    character(len=*), intent(in) :: what
    call expect(error%status == BP_OK .and. error%message == '', &
      what // ': ' // trim(error%message))
  end subroutine

  ! A message that has these words in it.
  subroutine expect_refused(error, words)
    type(bp_error), intent(in) :: error
    character(len=*), intent(in) :: words
    call expect(error%status == BP_ERROR_ARGUMENT .and. index(error%message, words) > 0, &
      'refused as "' // words // '", not "' // trim(error%message) // '"')
  end subroutine

  ! 3-4-2, tanh and identity.
  type(bp_network) function made_network() result(network)
    type(bp_activation) :: tanh, identity
    type(bp_error) :: error
    call bp_activation_find('tanh', tanh, error)
    call expect_ok(error, 'tanh')
    call bp_activation_find('identity', identity, error)
    call expect_ok(error, 'identity')
    call bp_network_create([3, 4, 2], [tanh, identity], network, error)
    call expect_ok(error, 'create')
    call bp_network_initialize(network, 'glorot', 3, error)
    call expect_ok(error, 'initialize')
  end function

  type(bp_loss) function loss_named(name) result(loss)
    character(len=*), intent(in) :: name
    type(bp_error) :: error
    call bp_loss_find(name, loss, error)
    call expect_ok(error, name)
  end function

  ! ---- Structures --------------------------------------------------------------------------------

  subroutine test_layout
    type(bp_train_options), target :: o
    type(bp_progress), target :: p
    type(c_bp_error), target :: e
    type(c_bp_arrays), target :: a
    type(c_bp_source), target :: s
    type(c_bp_layer), target :: l
    type(c_bp_neuron), target :: n
    type(c_bp_read_options), target :: r
    type(c_bp_model_options), target :: m
    type(c_bp_activation), target :: f
    type(c_bp_loss), target :: q
    call expect_layout([c_sizeof(1._bp_real), &
      int([BP_ERROR_CANCELLED, BP_END_CONVERGED, BP_ANSWER_NUMBERS, BP_REDUCE_MEAN_ROWS, &
      int(C_HEADER_NO)], c_size_t), &
      c_sizeof(o), places(c_loc(o), [c_loc(o%optimizer), c_loc(o%learning_rate), &
      c_loc(o%schedule), c_loc(o%schedule_epochs), c_loc(o%warmup), c_loc(o%epochs), &
      c_loc(o%batch_size), c_loc(o%file_order), c_loc(o%l2), c_loc(o%dropout), &
      c_loc(o%clip_norm), c_loc(o%patience), c_loc(o%min_delta), c_loc(o%keep_good), &
      c_loc(o%train_only), c_loc(o%seed), c_loc(o%kernel), c_loc(o%threads), c_loc(o%state), &
      c_loc(o%progress), c_loc(o%user)]), &
      c_sizeof(p), places(c_loc(p), [c_loc(p%epoch), c_loc(p%epochs), c_loc(p%rows), &
      c_loc(p%loss), c_loc(p%validation_loss), c_loc(p%learning_rate), c_loc(p%seconds), &
      c_loc(p%last), c_loc(p%network), c_loc(p%workspace), c_loc(p%batch_rows)]), &
      c_sizeof(e), places(c_loc(e), [c_loc(e%status), c_loc(e%file), c_loc(e%line), &
      c_loc(e%message)]), &
      c_sizeof(a), places(c_loc(a), [c_loc(a%rows), c_loc(a%inputs), c_loc(a%outputs), &
      c_loc(a%X), c_loc(a%ldx), c_loc(a%T), c_loc(a%ldt), c_loc(a%weights)]), &
      c_sizeof(s), places(c_loc(s), [c_loc(s%rows), c_loc(s%inputs), c_loc(s%outputs), &
      c_loc(s%fill), c_loc(s%self), c_loc(s%weights)]), &
      c_sizeof(l), places(c_loc(l), [c_loc(l%k), c_loc(l%n), c_loc(l%offset), c_loc(l%W), &
      c_loc(l%ldw), c_loc(l%activation)]), &
      c_sizeof(n), places(c_loc(n), [c_loc(n%weights), c_loc(n%n_weights), c_loc(n%bias), &
      c_loc(n%output), c_loc(n%delta)]), &
      c_sizeof(r), places(c_loc(r), [c_loc(r%format), c_loc(r%labels), c_loc(r%header), &
      c_loc(r%delimiter), c_loc(r%drop_missing), c_loc(r%categorical), &
      c_loc(r%ignored), c_loc(r%named), c_loc(r%threads)]), &
      c_sizeof(m), places(c_loc(m), [c_loc(m%target), c_loc(m%task), c_loc(m%scale), &
      c_loc(m%hidden), c_loc(m%activation), c_loc(m%output), c_loc(m%loss), c_loc(m%init), &
      c_loc(m%init_from), c_loc(m%fill_missing), c_loc(m%seed), c_loc(m%weight_column), &
      c_loc(m%class_weight)]), &
      c_sizeof(f), places(c_loc(f), [c_loc(f%name), c_loc(f%apply), c_loc(f%times_derivative)]), &
      c_sizeof(q), places(c_loc(q), [c_loc(q%name), c_loc(q%output), c_loc(q%reduction), &
      c_loc(q%sum), c_loc(q%delta)])])
  end subroutine

  subroutine expect_layout(seen)
    integer(c_size_t), intent(in) :: seen(:)
    call expect(layout_differs(seen, size(seen, kind=c_size_t)) == 0, 'the layout is C''s')
  end subroutine

  ! How many bytes behind `from` each of them is.
  function places(from, to) result(bytes)
    type(c_ptr), intent(in) :: from, to(:)
    integer(c_size_t) :: bytes(size(to))
    integer :: i
    do i = 1, size(to)
      bytes(i) = int(transfer(to(i), 0_c_intptr_t) - transfer(from, 0_c_intptr_t), c_size_t)
    end do
  end function

  subroutine test_defaults
    type(bp_train_options) :: how
    how = bp_train_defaults()
    call expect(how%epochs == 200 .and. how%threads == 1 .and. how%seed == 1, 'whole defaults')
    call expect(how%l2 < 0 .and. .not. how%file_order, 'the other defaults')
    call expect(.not. c_associated(how%optimizer%handle), 'no optimizer by default')
    call expect(index(bp_version(), '.') > 1, 'version')
    call expect(bp_strerror(BP_OK) /= bp_strerror(BP_ERROR_SIZE), 'strerror')
  end subroutine

  ! ---- Networks ----------------------------------------------------------------------------------

  subroutine test_layers
    type(bp_network) :: network
    type(bp_layer) :: layer
    type(bp_neuron) :: neuron
    real(bp_real), pointer :: block(:)
    integer :: i
    network = made_network()
    block => bp_network_parameters(network)
    call expect(size(block) == 4 * 4 + 2 * 5, 'the size of the block')
    call expect(bp_network_n_parameters(network) == size(block), 'the number of parameters')
    block = [(real(i, bp_real), i = 1, size(block))]
    call expect(bp_network_inputs(network) == 3 .and. bp_network_outputs(network) == 2 .and. &
      bp_network_n_layers(network) == 2, 'sizes')
    layer = bp_network_layer(network, 2)
    call expect(layer%k == 4 .and. layer%n == 2 .and. layer%offset == 16, 'the second layer')
    call expect(all(nint(layer%W(:, 2)) == [22, 23, 24, 25, 26]), 'a column is a neuron')
    neuron = bp_network_neuron(network, 1, 3)
    call expect(all(nint(neuron%weights) == [9, 10, 11]) .and. nint(neuron%bias) == 12, 'a neuron')
    layer%W(1, 1) = -1
    call expect(block(17) < 0, 'a layer is a view')
    layer = bp_network_layer(network, 3)
    neuron = bp_network_neuron(network, 1, 5)
    call expect(.not. associated(layer%W) .and. .not. associated(neuron%weights), 'beyond the last')
    call bp_network_destroy(network)
    call bp_network_destroy(network)
    call expect(.not. associated(bp_network_parameters(network)), 'nothing after the end')
    call expect(bp_network_inputs(network) == 0, 'no inputs after the end')
  end subroutine

  ! The gradient against central differences in each of the weights.
  subroutine check_gradient(network, loss, X, T)
    real(bp_real), parameter :: h = epsilon(1._bp_real)**(1._bp_real / 3)
    type(bp_network), intent(in) :: network
    type(bp_loss), intent(in) :: loss
    real(bp_real), intent(in) :: X(:, :), T(:, :)
    real(bp_real) :: gradient(bp_network_n_parameters(network)), w
    real(bp_real), pointer :: block(:)
    real(c_double) :: value, above, below
    type(bp_workspace) :: workspace
    type(bp_error) :: error
    integer :: i
    call bp_workspace_create(network, size(X, 2), workspace, error)
    call expect_ok(error, 'workspace')
    call bp_loss_and_gradient(network, workspace, loss, X, T, value, error, gradient)
    call expect_ok(error, 'loss and gradient')
    call expect(maxval(abs(gradient)) > 0.01, 'a gradient that is not 0')
    block => bp_network_parameters(network)
    do i = 1, size(block)
      w = block(i)
      block(i) = w + h
      call bp_loss_and_gradient(network, workspace, loss, X, T, above, error)
      block(i) = w - h
      call bp_loss_and_gradient(network, workspace, loss, X, T, below, error)
      block(i) = w
      call expect(abs((above - below) / (2 * h) - gradient(i)) < 50 * h, 'central difference')
    end do
    call bp_workspace_destroy(workspace)
  end subroutine

  subroutine test_gradient
    real(bp_real), parameter :: h = epsilon(1._bp_real)**(1._bp_real / 3)
    real(bp_real), target :: X(3, 5), T(2, 5)
    real(bp_real) :: gradient(26), again(26)
    real(c_double), target :: weights(5) = 1
    real(c_double) :: value, all_rows
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    type(bp_loss) :: loss
    type(bp_error) :: error
    network = made_network()
    loss = loss_named('ssr')
    call numbers(X)
    call numbers(T)
    call check_gradient(network, loss, X, T)
    call bp_workspace_create(network, 5, workspace, error)
    call bp_loss_and_gradient(network, workspace, loss, X, T, value, error, gradient)
    call bp_workspace_destroy(workspace)
    call bp_workspace_create(network, 2, workspace, error) ! rows by twos
    call bp_loss_of(network, workspace, loss, bp_arrays(X, T, weights), all_rows, error, again)
    call expect_ok(error, 'loss of all rows')
    call expect(abs(all_rows - value) < 10 * h * h * value, 'loss of all rows is the loss')
    call expect(maxval(abs(again - gradient)) < 100 * h * h, 'its gradient is the gradient')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  ! Numbers from -1 to 1 that differ.
  subroutine numbers(A)
    real(bp_real), intent(out) :: A(:, :)
    integer :: i, j
    do j = 1, size(A, 2)
      do i = 1, size(A, 1)
        A(i, j) = real(sin(2.7d0 * i + 1.3d0 * j), bp_real)
      end do
    end do
  end subroutine

  ! ---- Sections ----------------------------------------------------------------------------------

  subroutine test_sections
    real(bp_real), target :: state(8, 12), before(8, 12)
    real(bp_real) :: X(3, 12), Y(2, 12)
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    type(bp_error) :: error
    network = made_network()
    call numbers(state)
    before = state
    X = state(3:5, :)
    call bp_workspace_create(network, 4, workspace, error)
    call bp_predict(network, workspace, X, Y, error)
    call expect_ok(error, 'predict')
    call expect(maxval(Y) - minval(Y) > 0.1, 'outputs that differ')

    call bp_predict(network, workspace, state(3:5, :), state(7:8, :), error)
    call expect_ok(error, 'predict of a section')
    call expect(same(state(7:8, :), Y), 'a section gives what its copy gives')
    call expect(same(state(1:6, :), before(1:6, :)), 'the other rows are untouched')

    state = before
    call bp_predict(network, workspace, state(3:5, 2:12:3), state(1:2, 2:12:3), error)
    call expect_ok(error, 'predict of every third column')
    call expect(same(state(1:2, 2:12:3), Y(:, 2:12:3)), 'every third column')
    state(1:2, 2:12:3) = before(1:2, 2:12:3)
    call expect(same(state, before), 'the other columns are untouched')

    call bp_predict(network, workspace, state(3:5, 5:5), Y(:, 1:1), error)
    call expect_ok(error, 'predict of one column')
    call bp_predict(network, workspace, state(3:5, 1:0), Y(:, 1:0), error)
    call expect_ok(error, 'predict of no column')
    call bp_predict(network, workspace, state(1:5:2, :), Y, error)
    call expect_refused(error, 'elements of a column of X are not neighbours')
    call bp_predict(network, workspace, X(:, 12:1:-1), Y, error)
    call expect_refused(error, 'columns of X do not lie one behind the other')
    call bp_predict(network, workspace, X, Y(:, 12:1:-1), error)
    call expect_refused(error, 'columns of Y do not lie one behind the other')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  logical function same(A, B)
    real(bp_real), intent(in) :: A(:, :), B(:, :)
    same = all(abs(A - B) <= 0)
  end function

  ! ---- Derivatives by the inputs -----------------------------------------------------------------

  ! Jacobians against central differences, and products with them against their sums.
  subroutine test_jacobian
    real(bp_real), parameter :: h = epsilon(1._bp_real)**(1._bp_real / 3)
    real(bp_real) :: X(3, 5), V(2, 5), E(3, 5), Y(2, 5), also(2, 5), J(3, 2, 5)
    real(bp_real) :: moved(3, 5), above(2, 5), below(2, 5)
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    type(bp_error) :: error
    integer :: p, i
    network = made_network()
    call numbers(X)
    call numbers(V)
    call bp_workspace_create(network, 3, workspace, error) ! neither all rows nor all outputs of two
    call bp_predict(network, workspace, X, Y, error)
    also = 9
    J = 9
    call bp_jacobian(network, workspace, X, J, error, also)
    call expect_ok(error, 'jacobian')
    call expect(same(also, Y), 'its outputs are those of predict')
    do p = 1, 3
      moved = X
      moved(p, :) = X(p, :) + h
      call bp_predict(network, workspace, moved, above, error)
      moved(p, :) = X(p, :) - h
      call bp_predict(network, workspace, moved, below, error)
      call expect(all(abs((above - below) / (2 * h) - J(p, :, :)) < 100 * h * h), &
        'a central difference')
    end do
    call expect(minval(abs(J)) > 100 * h * h, 'derivatives that are not 0')

    also = 9
    call bp_vector_jacobian(network, workspace, X, V, E, error, also)
    call expect_ok(error, 'vector-Jacobian product')
    call expect(same(also, Y), 'its outputs are those of predict')
    do i = 1, 5
      call expect(all(abs(E(:, i) - matmul(J(:, :, i), V(:, i))) < 100 * epsilon(1._bp_real)), &
        'a product is that of V and J')
    end do
    also = 9
    E = 9
    call bp_jacobian(network, workspace, X, J, error)
    call bp_vector_jacobian(network, workspace, X, V, E, error)
    call expect_ok(error, 'no outputs wanted')
    call expect(maxval(E) < 9, 'a product without outputs')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  subroutine test_jacobian_sections
    real(bp_real), target :: state(8, 24), before(8, 24), big(7, 4, 10), kept(7, 4, 10)
    real(bp_real) :: X(3, 5), V(2, 5), E(3, 5), Y(2, 5), J(3, 2, 5)
    type(bp_network) :: network, nothing
    type(bp_workspace) :: workspace, no_workspace
    type(bp_error) :: error
    network = made_network()
    call numbers(state)
    before = state
    X = state(1:3, 2:10:2)
    V = state(4:5, 2:10:2)
    call bp_workspace_create(network, 4, workspace, error)
    call bp_jacobian(network, workspace, X, J, error)
    call bp_vector_jacobian(network, workspace, X, V, E, error, Y)
    call bp_vector_jacobian(network, workspace, state(1:3, 2:10:2), state(4:5, 2:10:2), &
      state(6:8, 12:24:3), error, state(1:2, 12:24:3))
    call expect_ok(error, 'sections of a state')
    call expect(same(state(6:8, 12:24:3), E) .and. same(state(1:2, 12:24:3), Y), &
      'sections give what their copies give')
    state(6:8, 12:24:3) = before(6:8, 12:24:3)
    state(1:2, 12:24:3) = before(1:2, 12:24:3)
    call expect(same(state, before), 'the rest is untouched')

    kept = 9
    big = kept
    call bp_jacobian(network, workspace, X, big(3:5, ::2, 6:), error)
    call expect_ok(error, 'Jacobians with gaps in front, behind and between')
    call expect(all(abs(big(3:5, ::2, 6:) - J) <= 0), 'Jacobians in their places')
    big(3:5, ::2, 6:) = kept(3:5, ::2, 6:)
    call expect(all(abs(big - kept) <= 0), 'the rest is untouched')

    call bp_jacobian(network, workspace, X, big(3:5, 1:2, 6:), error)
    call expect_refused(error, 'columns of J do not lie one behind the other')
    call bp_jacobian(network, workspace, X, big(3:5, ::2, ::2), error)
    call expect_refused(error, 'columns of J do not lie one behind the other')
    call bp_jacobian(network, workspace, X, J(:, :, 5:1:-1), error)
    call expect_refused(error, 'columns of J do not lie one behind the other')
    call bp_jacobian(network, workspace, X, J(:, 2:1:-1, :), error)
    call expect_refused(error, 'columns of J do not lie one behind the other')
    call bp_jacobian(network, workspace, X, J(3:1:-1, :, :), error)
    call expect_refused(error, 'elements of a column of J are not neighbours')
    call bp_jacobian(network, workspace, X, big(1:5:2, ::2, 6:), error)
    call expect_refused(error, 'elements of a column of J are not neighbours')
    call bp_jacobian(network, workspace, X, J(:, :, 1:4), error)
    call expect_refused(error, 'J is 3 x 2 x 4, expected 3 x 2 x 5')
    call bp_jacobian(network, workspace, X, J(1:2, :, :), error)
    call expect_refused(error, 'J is 2 x 2 x 5, expected 3 x 2 x 5')
    call bp_jacobian(network, workspace, X, J, error, Y(:, 5:1:-1))
    call expect_refused(error, 'columns of Y do not lie one behind the other')
    call bp_jacobian(nothing, workspace, X, J, error)
    call expect_refused(error, 'NULL')
    call bp_jacobian(network, no_workspace, X, J, error)
    call expect_refused(error, 'NULL')
    call bp_vector_jacobian(network, workspace, X, V, state(1:8:3, 1:5), error)
    call expect_refused(error, 'elements of a column of E are not neighbours')
    call bp_vector_jacobian(network, workspace, X, V(:, 5:1:-1), E, error)
    call expect_refused(error, 'columns of V do not lie one behind the other')
    call bp_vector_jacobian(network, workspace, X, V(:, 1:4), E, error)
    call expect_refused(error, 'V is 2 x 4, expected 2 x 5')
    call bp_vector_jacobian(network, workspace, X, V, E, error, Y(:, 1:4))
    call expect_refused(error, 'Y is 2 x 4, expected 2 x 5')
    call bp_vector_jacobian(nothing, workspace, X, V, E, error, Y)
    call expect_refused(error, 'NULL')
    call expect(same(state, before) .and. all(abs(big - kept) <= 0), 'nothing after an error')

    call bp_jacobian(network, workspace, X(:, 1:0), J(:, :, 1:0), error, Y(:, 1:0))
    call expect_ok(error, 'no Jacobian')
    call bp_vector_jacobian(network, workspace, X(:, 1:0), V(:, 1:0), E(:, 1:0), error)
    call expect_ok(error, 'no product')
    call bp_jacobian(network, workspace, X(:, 2:2), big(3:5, 1:2, 1:1), error)
    call expect_ok(error, 'a single Jacobian')
    call expect(all(abs(big(3:5, 1:2, 1) - J(:, :, 2)) <= 0), 'the same for a single row')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  ! Of one output, and of one input, where a step between columns or elements means nothing: the
  ! weights, for a network of one layer.
  subroutine test_jacobian_of_one
    real(bp_real) :: X(3, 6), J(3, 4, 6)
    type(bp_activation) :: identity
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    type(bp_layer) :: layer
    type(bp_error) :: error
    integer :: i
    call numbers(X)
    call bp_activation_find('identity', identity, error)
    call bp_network_create([3, 1], [identity], network, error)
    call bp_network_initialize(network, 'normal', 1, error)
    layer = bp_network_layer(network, 1)
    call bp_workspace_create(network, 2, workspace, error)
    call bp_jacobian(network, workspace, X, J(:, 4:4, :), error)
    call expect_ok(error, 'one output')
    do i = 1, 6
      call expect(all(abs(J(:, 4, i) - layer%W(1:3, 1)) <= 0), 'the weights of one output')
    end do
    call bp_jacobian(network, workspace, X, J(:, 4:4, 6:1:-1), error)
    call expect_refused(error, 'columns of J do not lie one behind the other')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)

    call bp_network_create([1, 4], [identity], network, error)
    call bp_network_initialize(network, 'normal', 1, error)
    layer = bp_network_layer(network, 1)
    call bp_workspace_create(network, 8, workspace, error)
    call bp_jacobian(network, workspace, X(2:2, ::2), J(3:3, :, 1:3), error)
    call expect_ok(error, 'one input')
    do i = 1, 3
      call expect(all(abs(J(3, :, i) - layer%W(1, :)) <= 0), 'the weights of one input')
    end do
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  ! ---- The host's own activation and loss --------------------------------------------------------

  ! f(z) = z / (1 + |z|)
  subroutine softsign(m, n, Z, ldz, A, lda) bind(C)
    integer(c_size_t), value :: m, n, ldz, lda
    real(bp_real), intent(in) :: Z(ldz, m)
    real(bp_real), intent(inout) :: A(lda, m)
    A(1:n, :) = Z(1:n, :) / (1 + abs(Z(1:n, :)))
  end subroutine

  ! f'(z) = 1 / (1 + |z|)**2 = (1 - |f(z)|) / (1 + |z|)
  subroutine times_softsign_slope(m, n, Z, ldz, A, lda, D, ldd) bind(C)
    integer(c_size_t), value :: m, n, ldz, lda, ldd
    real(bp_real), intent(in) :: Z(ldz, m), A(lda, m)
    real(bp_real), intent(inout) :: D(ldd, m)
    D(1:n, :) = D(1:n, :) * (1 - abs(A(1:n, :))) / (1 + abs(Z(1:n, :)))
  end subroutine

  ! log cosh (o - t)
  real(c_double) function log_cosh(m, n, O, ldo, T, ldt) bind(C)
    integer(c_size_t), value :: m, n, ldo, ldt
    real(bp_real), intent(in) :: O(ldo, m), T(ldt, m)
    log_cosh = sum(log(cosh(real(O(1:n, :) - T(1:n, :), c_double))))
  end function

  subroutine log_cosh_delta(m, n, O, ldo, T, ldt, scale, D, ldd) bind(C)
    integer(c_size_t), value :: m, n, ldo, ldt, ldd
    real(bp_real), intent(in) :: O(ldo, m), T(ldt, m)
    real(bp_real), value :: scale
    real(bp_real), intent(inout) :: D(ldd, m)
    D(1:n, :) = scale * tanh(O(1:n, :) - T(1:n, :))
  end subroutine

  ! Both by the gradient's check, then in a training that two threads share.
  subroutine test_own
    real(bp_real), target :: X(3, 200), T(2, 200)
    type(bp_own_activation), target :: own_activation
    type(bp_own_loss), target :: own_loss, tied_loss
    type(bp_activation) :: hidden, identity
    type(bp_loss) :: loss, tied
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    type(bp_train_options) :: how
    type(bp_error) :: error
    real(c_double) :: before, after
    call numbers(X)
    T = X(1:2, :) * X(2:3, :)
    call bp_activation_make('softsign', softsign, times_softsign_slope, own_activation, hidden)
    call bp_loss_make('log_cosh', BP_REDUCE_MEAN_ELEMENTS, log_cosh, log_cosh_delta, own_loss, loss)
    call bp_activation_find('identity', identity, error)
    call bp_network_create([3, 4, 2], [hidden, identity], network, error)
    call expect_ok(error, 'a network of the host''s own activation')
    call bp_network_initialize(network, 'glorot', 3, error)
    call check_gradient(network, loss, X(:, 1:5), T(:, 1:5))

    call bp_workspace_create(network, 200, workspace, error)
    call bp_loss_of(network, workspace, loss, bp_arrays(X, T), before, error)
    how = bp_train_defaults()
    how%epochs = 50
    how%batch_size = 100
    how%threads = 2
    how%learning_rate = 0.02
    call bp_train(network, loss, bp_arrays(X, T), error, options=how)
    call expect_ok(error, 'training')
    call bp_loss_of(network, workspace, loss, bp_arrays(X, T), after, error)
    call expect(after < before / 2, 'a loss that falls')

    call bp_loss_make('tied', BP_REDUCE_SUM, log_cosh, log_cosh_delta, tied_loss, tied, &
      output='softsign')
    call bp_loss_of(network, workspace, tied, bp_arrays(X, T), after, error)
    call expect_refused(error, 'softsign')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  ! ---- What does not fit -------------------------------------------------------------------------

  subroutine test_refusals
    real(bp_real), target :: X(3, 6), T(2, 6), few(2, 5)
    real(bp_real) :: gradient(25)
    real(c_double), target :: weights(7)
    real(c_double) :: value
    type(bp_activation) :: none, tanh
    type(bp_kernel) :: kernel
    type(bp_optimizer) :: optimizer
    type(bp_schedule) :: schedule
    type(bp_network) :: network, nothing, other
    type(bp_workspace) :: workspace, no_workspace
    type(bp_loss) :: loss, no_loss
    type(bp_error) :: error
    call numbers(X)
    call numbers(T)
    weights = 1
    value = -1
    network = made_network()
    loss = loss_named('mse')

    call bp_activation_find('tan', none, error)
    call expect_refused(error, 'softplus')
    call bp_loss_find('loss', no_loss, error)
    call expect_refused(error, 'half_ssr')
    call bp_kernel_find('', kernel, error)
    call expect_refused(error, 'loops')
    call bp_optimizer_find('eve', optimizer, error)
    call expect_refused(error, 'adam')
    call bp_schedule_find('never', schedule, error)
    call expect_refused(error, 'cosine')
    call bp_activation_find('tanh  ', tanh, error)
    call expect_ok(error, 'a name with blanks behind it')

    call bp_network_create([3, 2], [none], other, error)
    call expect_refused(error, 'has no activation')
    call bp_network_create([3, -2], [tanh], other, error)
    call expect_refused(error, 'sizes of 1 or more')
    call bp_network_create([3, 2, 1], [tanh], other, error)
    call expect_refused(error, 'one more of them than activations')
    call bp_network_initialize(network, 'guess', 1, error)
    call expect_refused(error, 'glorot')
    call bp_network_initialize(nothing, 'glorot', 1, error)
    call expect_refused(error, 'network must not be NULL')

    call bp_workspace_create(nothing, 6, workspace, error)
    call expect_refused(error, 'NULL')
    call bp_workspace_create(network, -6, workspace, error)
    call expect_refused(error, '1 row or more')
    call bp_workspace_create(network, 5, workspace, error)
    call expect_ok(error, 'workspace')

    call bp_predict(network, workspace, X(1:2, :), T, error)
    call expect_refused(error, 'X is 2 x 6, expected 3 x 6')
    call bp_predict(network, workspace, X, few, error)
    call expect_refused(error, 'Y is 2 x 5, expected 2 x 6')
    call bp_predict(network, no_workspace, X, T, error)
    call expect_refused(error, 'NULL')
    call bp_predict(nothing, workspace, X, T, error)
    call expect_refused(error, 'network and workspace must not be NULL')

    call bp_loss_and_gradient(network, workspace, loss, X, T, value, error)
    call expect_refused(error, '6 rows')
    call bp_loss_and_gradient(network, workspace, no_loss, X(:, 1:5), T(:, 1:5), value, error)
    call expect_refused(error, 'NULL')
    call bp_loss_and_gradient(network, workspace, loss, X(:, 1:5), T(:, 1:5), value, error, &
      gradient)
    call expect_refused(error, 'not of the size of the parameters')
    call bp_loss_of(network, workspace, loss, bp_arrays(X, few), value, error)
    call expect_refused(error, 'T is 2 x 5, expected 2 x 6')
    call bp_loss_of(network, workspace, loss, bp_arrays(X, T, weights), value, error)
    call expect_refused(error, 'one for each of the rows')
    call bp_loss_of(network, workspace, loss, bp_arrays(X, T, weights(6:1:-1)), value, error)
    call expect_refused(error, 'weights must be contiguous')
    call expect(value < 0, 'no value after an error')

    call bp_train(network, loss, bp_arrays(), error)
    call expect_refused(error, 'must be associated')
    call bp_train(network, loss, bp_arrays(X(1:2, :), T), error)
    call expect(error%status == BP_ERROR_ARGUMENT, 'inputs that the network does not have')
    call bp_train(network, loss, bp_arrays(X, T), error, validation=bp_arrays(X, few))
    call expect_refused(error, 'T is 2 x 5, expected 2 x 6')
    call bp_train(nothing, loss, bp_arrays(X, T), error)
    call expect(error%status == BP_ERROR_ARGUMENT, 'no network to train')
    call bp_train(network, no_loss, bp_arrays(X, T), error)
    call expect(error%status == BP_ERROR_ARGUMENT, 'no loss to train by')
    call bp_train(network, loss, bp_arrays(X, T), error, train_only='5.weight')
    call expect_refused(error, '5.weight')
    call bp_workspace_destroy(workspace)
    call bp_network_destroy(network)
  end subroutine

  ! ---- Training ----------------------------------------------------------------------------------

  ! Counts the epochs in `user`, and stops at the third.
  integer(c_int) function stop_at_third(progress, user) bind(C)
    type(bp_progress), intent(in) :: progress
    type(c_ptr), value :: user
    integer, pointer :: epochs
    call c_f_pointer(user, epochs)
    epochs = epochs + 1
    call expect(epochs == progress%epoch .and. progress%epochs == 50, 'the epoch''s number')
    call expect(progress%loss > 0 .and. progress%validation_loss > 0, 'the epoch''s losses')
    stop_at_third = merge(1_c_int, 0_c_int, epochs == 3)
  end function

  subroutine test_training
    real(bp_real), target :: state(8, 40)
    real(bp_real) :: stopped(26), bias(2)
    real(bp_real), pointer :: block(:)
    integer, target :: epochs = 0
    type(bp_network) :: network
    type(bp_train_options) :: how
    type(bp_arrays) :: rows, held
    type(bp_error) :: error
    network = made_network()
    block => bp_network_parameters(network)
    call numbers(state)
    rows = bp_arrays(state(3:5, 1:30), state(7:8, 1:30))
    held = bp_arrays(state(3:5, 31:), state(7:8, 31:))
    how = bp_train_defaults()
    how%epochs = 50
    call bp_train_state_create(how%state, error)
    call expect_ok(error, 'state')
    call bp_train(network, loss_named('mse'), rows, error, validation=held, options=how, &
      progress=stop_at_third, user=c_loc(epochs))
    call expect(error%status == BP_ERROR_CANCELLED .and. error%message /= '', 'cancelled')
    call expect(epochs == 3 .and. bp_train_state_epoch(how%state) == 3, 'after three epochs')
    call expect(bp_train_state_end(how%state) == BP_END_NOT_YET, 'not at its end')
    stopped = block
    call bp_train(network, loss_named('mse'), rows, error, validation=held, options=how)
    call expect_ok(error, 'going on')
    call expect(bp_train_state_end(how%state) == BP_END_EPOCHS, 'at its end')
    call expect(bp_train_state_epoch(how%state) == 50, 'after all epochs')
    call expect(bp_train_state_kept_epoch(how%state) == 50, 'with the last weights')
    call expect(any(abs(block - stopped) > 1e-4), 'weights that were trained')
    call bp_train_state_destroy(how%state)

    bias = block(17 + 4:26:5)
    stopped = block
    call bp_train(network, loss_named('mse'), rows, error, train_only='2.bias')
    call expect_ok(error, 'the last bias alone')
    call expect(all(abs(block(17 + 4:26:5) - bias) > 0), 'the last bias was trained')
    call expect(all(abs(block(:20) - stopped(:20)) <= 0), 'the other weights were not')
    call bp_network_destroy(network)
  end subroutine

  ! ---- Models ------------------------------------------------------------------------------------

  ! The document's trained network, and its table.
  subroutine test_model
    real(c_double) :: values(2, 10), Y(2, 10), again(2, 10)
    type(bp_model) :: model, copy
    type(bp_dataset) :: data
    type(bp_error) :: error
    integer :: unit, i
    character(len=:), allocatable :: path
    call bp_model_load('data/nothing', model, error)
    call expect(error%status == BP_ERROR_FILE .and. error%file == 'data/nothing', 'no file')
    call bp_model_save(model, '-', error)
    call expect_refused(error, 'must not be NULL')
    open (newunit=unit, file='data/two_class.csv', status='old', action='read')
    do i = 1, 10
      read (unit, *) values(:, i)
    end do
    close (unit)
    call bp_dataset_from_array('two_class', values, data, error)
    call expect_ok(error, 'dataset')
    call expect(bp_dataset_rows(data) == 10, 'its rows')
    call bp_model_predict(model, data, Y, error)
    call expect_refused(error, 'must not be NULL')
    call bp_model_load('data/two_class_network.safetensors', model, error)
    call expect_ok(error, 'load')
    call expect(bp_model_answers(model) == BP_ANSWER_CLASS, 'a model of classes')
    call expect(bp_model_n_outputs(model) == 2, 'two classes')
    call expect(bp_model_output_name(model, 2) == '1', 'the second is called 1')
    call expect(bp_model_output_name(model, 3) == '', 'there is no third')
    call expect(bp_network_inputs(bp_model_network(model)) == 2, 'two inputs')
    call bp_model_predict(model, data, Y(:, 1:9), error)
    call expect_refused(error, 'Y must be outputs x rows')
    call bp_model_predict(model, data, Y, error)
    call expect_ok(error, 'model predicts')
    call expect(all(maxloc(Y, dim=1) == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]), 'the classes')
    path = temporary('.safetensors')
    call bp_model_save(model, path, error)
    call expect_ok(error, 'save')
    call bp_model_load(path, copy, error)
    call expect_ok(error, 'load again')
    call bp_model_predict(copy, data, again, error, threads=2)
    call expect(all(abs(again - Y) <= 0), 'the same answers')
    open (newunit=unit, file=path)
    close (unit, status='delete')
    call bp_model_destroy(copy)
    call bp_model_destroy(model)
    call bp_dataset_destroy(data)
  end subroutine

  ! From a file to a model in a file, as a host would.
  subroutine test_model_of_file
    real(c_double) :: Y(3, 150), again(3, 150), held(3, 30)
    type(bp_dataset) :: data, kept, held_out, nothing
    type(bp_model) :: model, copy, same_seed
    type(bp_train_options) :: how
    type(bp_error) :: error
    real(bp_real), pointer :: block(:), other(:)
    integer, target :: epochs = 0
    integer :: unit
    character(len=:), allocatable :: path
    path = temporary('.safetensors')
    call bp_dataset_read('data/iris.csv', data, error)
    call expect_ok(error, 'read')
    call expect(bp_dataset_rows(data) == 150, '150 irises')
    call bp_model_create(data, model, error, hidden='5,4', activation='relu', seed=7)
    call expect_ok(error, 'create')
    call expect(bp_model_answers(model) == BP_ANSWER_CLASS .and. bp_model_n_outputs(model) == 3, &
      'three classes')
    call expect(bp_network_n_layers(bp_model_network(model)) == 3, 'two hidden layers')
    call bp_model_create(data, same_seed, error, hidden='5,4', activation='relu', seed=7)
    block => bp_network_parameters(bp_model_network(model))
    other => bp_network_parameters(bp_model_network(same_seed))
    call expect(all(abs(block - other) <= 0), 'the same weights')
    call bp_model_destroy(same_seed)
    call bp_model_create(data, same_seed, error, hidden='5,4', activation='relu', seed=8)
    other => bp_network_parameters(bp_model_network(same_seed))
    call expect(maxval(abs(block - other)) > 0.1, 'other weights of another seed')
    call bp_model_destroy(same_seed)

    call bp_model_split(model, data, 0.2d0, 1, kept, held_out, error)
    call expect_ok(error, 'split')
    call expect(bp_dataset_rows(kept) == 120 .and. bp_dataset_rows(held_out) == 30, 'both parts')
    how = bp_train_defaults()
    how%epochs = 50
    call bp_model_train(model, kept, error, validation=held_out, options=how, &
      progress=stop_at_third, user=c_loc(epochs))
    call expect(error%status == BP_ERROR_CANCELLED .and. epochs == 3, 'cancelled')
    how%epochs = 200
    how%learning_rate = 0.01
    call bp_model_train(model, kept, error, validation=held_out, options=how)
    call expect_ok(error, 'train')
    call bp_model_predict(model, held_out, held, error)
    call expect_ok(error, 'answers to the rows that were held out')
    call bp_model_predict(model, data, Y, error)
    call expect(count(maxloc(Y, dim=1) == [spread(1, 1, 50), spread(2, 1, 50), spread(3, 1, 50)]) &
      > 140, 'most of them right')
    call bp_model_save(model, path, error)
    call expect_ok(error, 'save')
    call bp_model_load(path, copy, error)
    call expect_ok(error, 'load')
    call bp_model_predict(copy, data, again, error)
    call expect(all(abs(again - Y) <= 0), 'the same answers')
    call bp_model_destroy(copy)
    call bp_model_create(data, copy, error, init_from=path)
    call expect_ok(error, 'the weights of a file')
    call bp_model_train(copy, data, error, train_only='4.bias', options=how)
    call expect_ok(error, 'the last bias alone')
    open (newunit=unit, file=path)
    close (unit, status='delete')

    call bp_model_train(model, kept, error, validation=nothing)
    call expect_refused(error, 'to validate with')
    call bp_model_train(model, nothing, error)
    call expect_refused(error, 'NULL')
    call bp_model_split(model, data, 2d0, 1, kept, held_out, error)
    call expect(error%status == BP_ERROR_ARGUMENT, 'a fraction of 2')
    call bp_model_create(nothing, same_seed, error)
    call expect_refused(error, 'NULL')
    call bp_model_create(data, same_seed, error, hidden='many')
    call expect_refused(error, 'many')
    call bp_model_create(data, same_seed, error, target='1,2', task='classification')
    call expect(error%status /= BP_OK, 'classes of numbers')
    call expect(bp_model_n_outputs(same_seed) == 0, 'no model after an error')
    call bp_model_destroy(copy)
    call bp_model_destroy(model)
    call bp_dataset_destroy(kept)
    call bp_dataset_destroy(held_out)
    call bp_dataset_destroy(data)
  end subroutine

  ! What a host may say of a file.
  subroutine test_read
    type(bp_dataset) :: data
    type(bp_model) :: model
    type(bp_error) :: error
    integer :: unit
    character(len=:), allocatable :: path
    path = temporary('.txt')
    open (newunit=unit, file=path, status='replace', action='write')
    write (unit, '(a)') '7;8;9', '1;2;3', '4;;6', '2;2;1'
    close (unit)
    call bp_dataset_read(path, data, error)
    call expect_ok(error, 'read')
    call expect(bp_dataset_rows(data) == 4, 'numbers are no header')
    call bp_dataset_destroy(data)
    call bp_dataset_read(path // '  ', data, error, format='csv', header=.true., delimiter=';', &
      drop_missing=.true., categorical='8')
    call expect_ok(error, 'read as told')
    call expect(bp_dataset_rows(data) == 2, 'without the header and what misses a cell')
    call bp_model_create(data, model, error, target='9', task='regression', scale='minmax', &
      hidden='none', output='identity', loss='mae', init='he', fill_missing=.true.)
    call expect_ok(error, 'a model of all that')
    call expect(bp_model_output_name(model, 1) == '9', 'the name in the header')
    call expect(bp_network_inputs(bp_model_network(model)) == 2, 'a number and a category')
    call bp_model_destroy(model)
    call bp_model_create(data, model, error, target='9', task='classification', weight_column='7', &
      class_weight='balanced')
    call expect_ok(error, 'a model of weighted rows')
    call expect(bp_network_inputs(bp_model_network(model)) == 1, 'weights are no input')
    call bp_model_destroy(model)
    call bp_dataset_destroy(data)
    open (newunit=unit, file=path, status='old', position='append', action='write')
    write (unit, '(a)') '1;2;x'
    close (unit)
    call bp_dataset_read(path, data, error)
    call expect(error%status == BP_ERROR_FORMAT .and. error%file == path .and. error%line == 5, &
      'text among numbers')
    call bp_dataset_read(path, data, error, labels='data/nothing')
    call expect(error%status == BP_ERROR_FILE .and. error%file == 'data/nothing', 'no labels')
    call bp_dataset_read(path, data, error, format='ods')
    call expect_refused(error, 'libsvm')
    call expect(bp_dataset_rows(data) == 0, 'no table after an error')
    open (newunit=unit, file=path)
    close (unit, status='delete')
  end subroutine

  ! A path that no other process takes.
  function temporary(name) result(path)
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: path
    character(len=20) :: process
    integer :: n
    call get_environment_variable('TMPDIR', length=n)
    path = repeat(' ', n)
    if (n > 0) call get_environment_variable('TMPDIR', path)
    if (n == 0) path = '/tmp'
    write (process, '(i0)') getpid()
    path = path // '/test_fortran_' // trim(process) // name
  end function
end module

program test_fortran
  use fortran_tests
  implicit none
  call test_layout
  call test_defaults
  call test_layers
  call test_gradient
  call test_sections
  call test_jacobian
  call test_jacobian_sections
  call test_jacobian_of_one
  call test_own
  call test_refusals
  call test_training
  call test_model
  call test_model_of_file
  call test_read
  if (failures > 0) error stop 1
end program
