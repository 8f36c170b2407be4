! document.f90: the founding document's network for two classes, trained and asked in Fortran.
module history
  use, intrinsic :: iso_c_binding, only: c_double, c_f_pointer, c_int, c_ptr
  use bprop
  implicit none

  type :: trace
    real(c_double) :: error(20)  ! of each epoch: the SSR, twice the loss that is descended
    type(bp_neuron) :: last(2, 2) ! neuron, layer: with the last row's output and delta
  end type

contains

  ! Called by bprop after each epoch.
  integer(c_int) function record(progress, user) bind(C)
    type(bp_progress), intent(in) :: progress
    type(c_ptr), value :: user
    type(trace), pointer :: seen
    integer :: l, j
    call c_f_pointer(user, seen)
    seen%error(progress%epoch) = 2 * progress%loss
    do l = 1, 2
      do j = 1, 2
        seen%last(j, l) = bp_network_neuron(progress%network, l, j, progress%workspace, 1)
      end do
    end do
    record = 0 ! go on
  end function
end module

program document
  use, intrinsic :: iso_c_binding, only: c_bool, c_loc
  use history
  implicit none

  ! data/two_class.csv, a row a column here: x1, x2, class. The last two rows say it once more, as
  ! the network's outputs should: (1, 0) and (0, 1).
  real(bp_real), target :: table(5, 10) = 0
  type(bp_activation) :: sigmoid
  type(bp_loss) :: loss
  type(bp_network) :: network
  type(bp_workspace) :: workspace
  type(bp_train_options) :: how
  type(bp_error) :: error
  type(trace), target :: seen
  real(bp_real) :: batch(2, 3), outputs(2, 3), host(4, 10)
  integer :: i, l, j

  table(1:3, :) = reshape(real([ &
    2.7810836d0, 2.550537003d0, 0d0, 1.465489372d0, 2.362125076d0, 0d0, &
    3.396561688d0, 4.400293529d0, 0d0, 1.38807019d0, 1.850220317d0, 0d0, &
    3.06407232d0, 3.005305973d0, 0d0, 7.627531214d0, 2.759262235d0, 1d0, &
    5.332441248d0, 2.088626775d0, 1d0, 6.922596716d0, 1.77106367d0, 1d0, &
    8.675418651d0, -0.242068655d0, 1d0, 7.673756466d0, 3.508563011d0, 1d0], bp_real), [3, 10])
  table(4, :) = 1 - table(3, :)
  table(5, :) = table(3, :)

  call bp_activation_find('sigmoid', sigmoid, error)
  call check
  call bp_loss_find('half_ssr', loss, error)
  call check
  how = bp_train_defaults()
  call bp_optimizer_find('sgd', how%optimizer, error)
  call check
  call bp_kernel_find('loops', how%kernel, error) ! sums in the document's order
  call check
  how%learning_rate = 0.5
  how%epochs = 20
  how%batch_size = 1
  how%file_order = .true._c_bool

  ! 2 inputs, 2 hidden neurons, 2 outputs. Inputs and targets are sections of the table, which
  ! bprop reads where they are.
  call bp_network_create([2, 2, 2], [sigmoid, sigmoid], network, error)
  call check
  call bp_network_initialize(network, 'uniform01', 1, error)
  call check
  call bp_train(network, loss, bp_arrays(table(1:2, :), table(4:5, :)), error, &
    options=how, progress=record, user=c_loc(seen))
  call check
  do i = 1, 20
    print '(a, i0, a, f0.3)', '>epoch=', i - 1, ', error=', seen%error(i)
  end do
  do l = 1, 2
    do j = 1, 2
      print '(a, i0, 2(a, 3f20.16))', 'layer ', l, ' weights and bias', seen%last(j, l)%weights, &
        seen%last(j, l)%bias, '  output and delta', seen%last(j, l)%output, seen%last(j, l)%delta
    end do
  end do

  ! A batch of the host's own.
  batch = reshape(real([1.5d0, 2.2d0, 7d0, 2d0, 4.5d0, 2.5d0], bp_real), [2, 3])
  call bp_workspace_create(network, 10, workspace, error, how%kernel)
  call check
  call bp_predict(network, workspace, batch, outputs, error)
  call check
  do i = 1, 3
    print '(2(a, f0.1), 2(a, f6.4))', 'x1=', batch(1, i), ', x2=', batch(2, i), &
      ': class 0 ', outputs(1, i), ', class 1 ', outputs(2, i)
  end do

  ! Out of the middle of one array into the middle of another, whose other rows stay as they are.
  host = -1
  call bp_predict(network, workspace, table(1:2, :), host(2:3, :), error)
  call check
  print '(a, 10i2)', 'classes of the table:', maxloc(host(2:3, :), dim=1) - 1

  call compare
  call bp_workspace_destroy(workspace)
  call bp_network_destroy(network)

contains

  subroutine check
    if (error%status == BP_OK) return
    print '(a)', trim(error%message)
    error stop 1
  end subroutine

  ! With the document's digits: to the last one, or, in single precision, to its own.
  subroutine compare
    real(c_double), parameter :: errors(20) = [ &
      6.350126629022046d0, 5.531484306556623d0, 5.221165070156876d0, 4.951384134200833d0, &
      4.518943543011015d0, 4.173040617683735d0, 3.834936432407822d0, 3.5057278938991403d0, &
      3.192119535846041d0, 2.89766994074587d0, 2.6255430928654997d0, 2.3774366973041525d0, &
      2.1534762232418574d0, 1.9527016772444177d0, 1.7735187847981997d0, 1.6140052422853681d0, &
      1.4721124369926266d0, 1.3458039602603282d0, 1.2331534301638885d0, 1.1324103021477214d0]
    ! a neuron's weights, bias, output and delta
    real(c_double), parameter :: neurons(5, 2, 2) = reshape([ &
      -1.4688375095432327d0, 1.850887325439514d0, 1.0858178629550297d0, 0.029980305604426185d0, &
      0.0059546604162323625d0, &
      0.37711098142462157d0, -0.0625909894552989d0, 0.2765123702642716d0, 0.9456229000211323d0, &
      -0.0026279652850863837d0, &
      2.515394649397849d0, -0.3391927502445985d0, -0.9671565426390275d0, 0.23648794202357587d0, &
      0.04270059278364587d0, &
      -2.5584149848484263d0, 1.0036422106209202d0, 0.42383086467582715d0, 0.7790535202438367d0, &
      -0.03803132596437354d0], [5, 2, 2])
    real(c_double), parameter :: tolerance = merge(0d0, 1d-3, bp_real == c_double)
    real(c_double) :: neuron(5)
    logical :: same
    same = all(abs(seen%error - errors) <= tolerance * errors)
    do l = 1, 2
      do j = 1, 2
        neuron = [seen%last(j, l)%weights, seen%last(j, l)%bias, seen%last(j, l)%output, &
          seen%last(j, l)%delta]
        same = same .and. all(abs(neuron - neurons(:, j, l)) <= tolerance * abs(neurons(:, j, l)))
      end do
    end do
    same = same .and. all(maxloc(host(2:3, :), dim=1) - 1 == nint(table(3, :)))
    same = same .and. all(abs(host(1:4:3, :) + 1) <= 0)
    if (.not. same) error stop 'these are not the numbers of the document'
  end subroutine
end program
