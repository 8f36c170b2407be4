! bprop.F90: bprop for Fortran: multilayer perceptrons trained by backpropagation on BLAS.
!
! Names, arguments and their order are those of the headers in <bprop/bprop.h>, which say what each
! of them means. What is different here:
!
! Arrays. C's matrices are row-major, a sample a row; Fortran's are column-major, so that the same
! numbers in memory are a matrix with a sample a column: X(inputs, rows), T(outputs, rows),
! Y(outputs, rows), and W(k+1, n), whose column j is neuron j. Nothing is transposed and nothing is
! copied: the arguments have assumed shape, sizes are read from them, and the leading dimension is
! how far apart two of their columns lie. Sections go in as they are: of a host's state(8, cells),
! state(3:5, :) has three inputs and the leading dimension 8, and as Y leaves the other rows alone;
! state(3:5, 1:cells:2) has the leading dimension 16. The elements of a column must be neighbours,
! and columns must go forward: sections such as X(1:8:2, :) or X(:, cells:1:-1) are refused. Vector
! subscripts make the compiler copy. Arrays of another rank become matrices by a pointer:
! T(1:1, 1:rows) => temperature. Gradients, and the tables of doubles of bp_dataset_from_array() and
! bp_model_predict(), are `contiguous`: of a section with gaps the compiler makes a copy, and copies
! back.
!
! Errors. Whatever can fail has a last required argument `error`: error%status, BP_OK if all went
! well, and error%message. Arguments behind it are optional, and named in calls.
!
! Options. What C reads in a bp_read_options or a bp_model_options are optional arguments here, as
! hidden='16,8' or header=.true.; bp_train_options has its own type. The host's own activations and
! losses, C's structures of functions, are made by bp_activation_make() and bp_loss_make().
!
! Handles. A bp_network and its kin hold C's pointer, 0 before they are created: a copy is the same
! network, and its contents change where the handle is intent(in). What was created is to be
! destroyed. Sizes are default integers; layers, neurons and rows count from 1.
!
! There are two modules: bprop_c, C's own declarations, as few as are needed; and bprop, for use.

! What C sees. Structures match those of the headers byte by byte; tests/test_fortran.f90 looks.
module bprop_c
  use, intrinsic :: iso_c_binding, only: c_bool, c_char, c_double, c_float, c_funptr, c_int, &
    c_int64_t, c_null_funptr, c_null_ptr, c_ptr, c_size_t
  implicit none
  public

#ifdef BPROP_SINGLE
  integer, parameter :: bp_real = c_float
#else
  integer, parameter :: bp_real = c_double
#endif

  ! bp_status, bp_train_end, bp_answer and bp_reduction, as default integers.
  integer, parameter :: BP_OK = 0, BP_ERROR_ARGUMENT = 1, BP_ERROR_MEMORY = 2, BP_ERROR_SIZE = 3, &
    BP_ERROR_FILE = 4, BP_ERROR_FORMAT = 5, BP_ERROR_DIVERGED = 6, BP_ERROR_CANCELLED = 7
  integer, parameter :: BP_END_NOT_YET = 0, BP_END_EPOCHS = 1, BP_END_PATIENCE = 2, &
    BP_END_CONVERGED = 3
  integer, parameter :: BP_ANSWER_CLASS = 0, BP_ANSWER_LABELS = 1, BP_ANSWER_NUMBERS = 2
  integer, parameter :: BP_REDUCE_SUM = 0, BP_REDUCE_MEAN_ELEMENTS = 1, BP_REDUCE_MEAN_ROWS = 2

  integer(c_size_t), parameter :: BP_ALL_ROWS = -1

  ! Handles, a type each, so that the compiler tells them apart.
  type, bind(C) :: bp_activation
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_loss
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_kernel
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_optimizer
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_schedule
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_network
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_workspace
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_train_state
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_dataset
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, bind(C) :: bp_model
    type(c_ptr) :: handle = c_null_ptr
  end type

  ! The defaults are bp_train_defaults()'s. train_only, progress and user are set by what trains,
  ! from arguments of its own, whose types the compiler checks.
  type, bind(C) :: bp_train_options
    type(bp_optimizer) :: optimizer
    real(c_double) :: learning_rate
    type(bp_schedule) :: schedule
    integer(c_size_t) :: schedule_epochs
    integer(c_size_t) :: warmup
    integer(c_size_t) :: epochs
    integer(c_size_t) :: batch_size
    logical(c_bool) :: file_order
    real(c_double) :: l2
    real(c_double) :: dropout
    real(c_double) :: clip_norm
    integer(c_size_t) :: patience
    real(c_double) :: min_delta
    logical(c_bool) :: keep_good
    type(c_ptr) :: train_only
    integer(c_int64_t) :: seed
    type(bp_kernel) :: kernel
    integer(c_size_t) :: threads
    type(bp_train_state) :: state
    type(c_funptr) :: progress
    type(c_ptr) :: user
  end type

  type, bind(C) :: bp_progress
    integer(c_size_t) :: epoch, epochs
    integer(c_size_t) :: rows
    real(c_double) :: loss
    real(c_double) :: validation_loss
    real(c_double) :: learning_rate
    real(c_double) :: seconds
    logical(c_bool) :: last
    type(bp_network) :: network
    type(bp_workspace) :: workspace
    integer(c_size_t) :: batch_rows
  end type

  ! The others have counterparts in bprop, or are arguments there.
  type, bind(C) :: c_bp_error
    integer(c_int) :: status
    character(kind=c_char) :: file(256)
    integer(c_size_t) :: line
    character(kind=c_char) :: message(512)
  end type

  type, bind(C) :: c_bp_arrays
    integer(c_size_t) :: rows, inputs, outputs
    type(c_ptr) :: X
    integer(c_size_t) :: ldx
    type(c_ptr) :: T
    integer(c_size_t) :: ldt
    type(c_ptr) :: weights
  end type

  type, bind(C) :: c_bp_layer
    integer(c_size_t) :: k, n
    integer(c_size_t) :: offset
    type(c_ptr) :: W
    integer(c_size_t) :: ldw
    type(bp_activation) :: activation
  end type

  type, bind(C) :: c_bp_neuron
    type(c_ptr) :: weights
    integer(c_size_t) :: n_weights
    real(bp_real) :: bias
    real(bp_real) :: output, delta
  end type

  type, bind(C) :: c_bp_read_options
    type(c_ptr) :: format
    type(c_ptr) :: labels
    integer(c_int) :: header
    character(kind=c_char) :: delimiter
    logical(c_bool) :: drop_missing
    type(c_ptr) :: categorical
    type(c_ptr) :: ignored
    type(c_ptr) :: named
    integer(c_size_t) :: threads
  end type

  ! bp_header
  integer(c_int), parameter :: C_HEADER_AUTO = 0, C_HEADER_YES = 1, C_HEADER_NO = 2

  type, bind(C) :: c_bp_model_options
    type(c_ptr) :: target
    type(c_ptr) :: task
    type(c_ptr) :: scale
    type(c_ptr) :: hidden
    type(c_ptr) :: activation
    type(c_ptr) :: output
    type(c_ptr) :: loss
    type(c_ptr) :: init
    type(c_ptr) :: init_from
    logical(c_bool) :: fill_missing
    integer(c_int64_t) :: seed
    type(c_ptr) :: weight_column
    type(c_ptr) :: class_weight
  end type

  type, bind(C) :: c_bp_source
    integer(c_size_t) :: rows, inputs, outputs
    type(c_funptr) :: fill
    type(c_ptr) :: self
    type(c_ptr) :: weights
  end type

  type, bind(C) :: c_bp_activation
    type(c_ptr) :: name
    type(c_funptr) :: apply
    type(c_funptr) :: times_derivative
  end type

  type, bind(C) :: c_bp_loss
    type(c_ptr) :: name
    type(c_ptr) :: output
    integer(c_int) :: reduction
    type(c_funptr) :: sum
    type(c_funptr) :: delta
  end type

  ! Activations and losses of the host's own: procedures of a module, called by several threads at
  ! once, each for m rows. A column is a row's n numbers, and what else the leading dimension holds,
  ! which is not theirs: Z(1:n, :) is theirs.
  abstract interface
    ! A = f(Z)
    subroutine bp_apply_fn(m, n, Z, ldz, A, lda) bind(C)
      import :: bp_real, c_size_t
      integer(c_size_t), value :: m, n, ldz, lda
      real(bp_real), intent(in) :: Z(ldz, m)
      real(bp_real), intent(inout) :: A(lda, m)
    end subroutine

    ! D = D * f'(Z), where A is f(Z)
    subroutine bp_derivative_fn(m, n, Z, ldz, A, lda, D, ldd) bind(C)
      import :: bp_real, c_size_t
      integer(c_size_t), value :: m, n, ldz, lda, ldd
      real(bp_real), intent(in) :: Z(ldz, m), A(lda, m)
      real(bp_real), intent(inout) :: D(ldd, m)
    end subroutine

    ! The sum over all elements of outputs (or weighted sums) O and targets T.
    real(c_double) function bp_sum_fn(m, n, O, ldo, T, ldt) bind(C)
      import :: bp_real, c_double, c_size_t
      integer(c_size_t), value :: m, n, ldo, ldt
      real(bp_real), intent(in) :: O(ldo, m), T(ldt, m)
    end function

    ! D = scale * (its derivative by O)
    subroutine bp_delta_fn(m, n, O, ldo, T, ldt, scale, D, ldd) bind(C)
      import :: bp_real, c_size_t
      integer(c_size_t), value :: m, n, ldo, ldt, ldd
      real(bp_real), intent(in) :: O(ldo, m), T(ldt, m)
      real(bp_real), value :: scale
      real(bp_real), intent(inout) :: D(ldd, m)
    end subroutine
  end interface

  ! Called after each epoch; non-zero cancels. `user` is what was given to bp_train().
  abstract interface
    integer(c_int) function bp_progress_fn(progress, user) bind(C)
      import :: bp_progress, c_int, c_ptr
      type(bp_progress), intent(in) :: progress
      type(c_ptr), value :: user
    end function
  end interface

  ! Functions that many types have one of, by what they all look like. What is declared so is called
  ! by find(), size_of() and destroy() alone: in some expressions gfortran 12 forgets `value`.
  abstract interface
    type(c_ptr) function c_find_fn(name, error) bind(C)
      import :: c_bp_error, c_char, c_ptr
      character(kind=c_char), intent(in) :: name(*)
      type(c_bp_error), intent(inout) :: error
    end function

    subroutine c_destroy_fn(handle) bind(C)
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine

    pure integer(c_size_t) function c_size_fn(handle) bind(C)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: handle
    end function
  end interface

  procedure(c_find_fn), bind(C, name='bp_activation_find') :: c_bp_activation_find
  procedure(c_find_fn), bind(C, name='bp_loss_find') :: c_bp_loss_find
  procedure(c_find_fn), bind(C, name='bp_kernel_find') :: c_bp_kernel_find
  procedure(c_find_fn), bind(C, name='bp_optimizer_find') :: c_bp_optimizer_find
  procedure(c_find_fn), bind(C, name='bp_schedule_find') :: c_bp_schedule_find
  procedure(c_destroy_fn), bind(C, name='bp_network_destroy') :: c_bp_network_destroy
  procedure(c_destroy_fn), bind(C, name='bp_workspace_destroy') :: c_bp_workspace_destroy
  procedure(c_destroy_fn), bind(C, name='bp_train_state_destroy') :: c_bp_train_state_destroy
  procedure(c_destroy_fn), bind(C, name='bp_dataset_destroy') :: c_bp_dataset_destroy
  procedure(c_destroy_fn), bind(C, name='bp_model_destroy') :: c_bp_model_destroy
  procedure(c_size_fn), bind(C, name='bp_network_inputs') :: c_bp_network_inputs
  procedure(c_size_fn), bind(C, name='bp_network_outputs') :: c_bp_network_outputs
  procedure(c_size_fn), bind(C, name='bp_network_n_layers') :: c_bp_network_n_layers
  procedure(c_size_fn), bind(C, name='bp_network_n_parameters') :: c_bp_network_n_parameters
  procedure(c_size_fn), bind(C, name='bp_workspace_max_rows') :: c_bp_workspace_max_rows
  procedure(c_size_fn), bind(C, name='bp_train_state_epoch') :: c_bp_train_state_epoch
  procedure(c_size_fn), bind(C, name='bp_train_state_kept_epoch') :: c_bp_train_state_kept_epoch
  procedure(c_size_fn), bind(C, name='bp_dataset_rows') :: c_bp_dataset_rows
  procedure(c_size_fn), bind(C, name='bp_model_n_outputs') :: c_bp_model_n_outputs

  ! Pointers are type(c_ptr), as a structure is not returned as a pointer is everywhere.
  interface
    pure integer(c_size_t) function c_strlen(text) bind(C, name='strlen')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
    end function

    ! ---- status.h
    type(c_ptr) function c_bp_strerror(status) bind(C, name='bp_strerror')
      import :: c_int, c_ptr
      integer(c_int), value :: status
    end function

    type(c_ptr) function c_bp_version() bind(C, name='bp_version')
      import :: c_ptr
    end function

    ! ---- dense.h, network.h
    integer(c_int) function c_bp_network_create(sizes, n_layers, activations, network, error) &
        bind(C, name='bp_network_create')
      import :: bp_activation, bp_network, c_bp_error, c_int, c_size_t
      integer(c_size_t), intent(in) :: sizes(*)
      integer(c_size_t), value :: n_layers
      type(bp_activation), intent(in) :: activations(*)
      type(bp_network), intent(inout) :: network
      type(c_bp_error), intent(inout) :: error
    end function

    type(c_bp_layer) function c_bp_network_layer(network, l) bind(C, name='bp_network_layer')
      import :: c_bp_layer, c_ptr, c_size_t
      type(c_ptr), value :: network
      integer(c_size_t), value :: l
    end function

    type(c_ptr) function c_bp_network_parameters(network) bind(C, name='bp_network_parameters')
      import :: c_ptr
      type(c_ptr), value :: network
    end function

    integer(c_int) function c_bp_network_initialize(network, method, seed, error) &
        bind(C, name='bp_network_initialize')
      import :: c_bp_error, c_char, c_int, c_int64_t, c_ptr
      type(c_ptr), value :: network
      character(kind=c_char), intent(in) :: method(*)
      integer(c_int64_t), value :: seed
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_workspace_create(network, kernel, max_rows, workspace, error) &
        bind(C, name='bp_workspace_create')
      import :: bp_workspace, c_bp_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: network, kernel
      integer(c_size_t), value :: max_rows
      type(bp_workspace), intent(inout) :: workspace
      type(c_bp_error), intent(inout) :: error
    end function

    type(c_bp_neuron) function c_bp_network_neuron(network, workspace, l, j, i) &
        bind(C, name='bp_network_neuron')
      import :: c_bp_neuron, c_ptr, c_size_t
      type(c_ptr), value :: network, workspace
      integer(c_size_t), value :: l, j, i
    end function

    integer(c_int) function c_bp_predict(network, workspace, m, X, ldx, Y, ldy, error) &
        bind(C, name='bp_predict')
      import :: c_bp_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: network, workspace, X, Y
      integer(c_size_t), value :: m, ldx, ldy
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_loss_and_gradient(network, workspace, loss, m, X, ldx, T, ldt, &
        value, gradient, error) bind(C, name='bp_loss_and_gradient')
      import :: c_bp_error, c_double, c_int, c_ptr, c_size_t
      type(c_ptr), value :: network, workspace, loss, X, T, gradient
      integer(c_size_t), value :: m, ldx, ldt
      real(c_double), intent(inout) :: value
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_vector_jacobian(network, workspace, m, X, ldx, V, ldv, Y, ldy, E, &
        lde, error) bind(C, name='bp_vector_jacobian')
      import :: c_bp_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: network, workspace, X, V, Y, E
      integer(c_size_t), value :: m, ldx, ldv, ldy, lde
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_jacobian(network, workspace, m, X, ldx, Y, ldy, J, ldj, error) &
        bind(C, name='bp_jacobian')
      import :: c_bp_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: network, workspace, X, Y, J
      integer(c_size_t), value :: m, ldx, ldy, ldj
      type(c_bp_error), intent(inout) :: error
    end function

    ! ---- train.h
    integer(c_int) function c_bp_train_state_create(state, error) &
        bind(C, name='bp_train_state_create')
      import :: bp_train_state, c_bp_error, c_int
      type(bp_train_state), intent(inout) :: state
      type(c_bp_error), intent(inout) :: error
    end function

    pure integer(c_int) function c_bp_train_state_end(state) bind(C, name='bp_train_state_end')
      import :: c_int, c_ptr
      type(c_ptr), value :: state
    end function

    ! This one is bprop's too.
    type(bp_train_options) function bp_train_defaults() bind(C, name='bp_train_defaults')
      import :: bp_train_options
    end function

    type(c_bp_source) function c_bp_arrays_source(arrays) bind(C, name='bp_arrays_source')
      import :: c_bp_arrays, c_bp_source
      type(c_bp_arrays), intent(in), target :: arrays
    end function

    integer(c_int) function c_bp_train(network, loss, train, validation, options, error) &
        bind(C, name='bp_train')
      import :: bp_train_options, c_bp_error, c_bp_source, c_int, c_ptr
      type(c_ptr), value :: network, loss, validation
      type(c_bp_source), intent(in) :: train
      type(bp_train_options), intent(in) :: options
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_loss_of(network, workspace, loss, source, value, gradient, error) &
        bind(C, name='bp_loss_of')
      import :: c_bp_error, c_bp_source, c_double, c_int, c_ptr
      type(c_ptr), value :: network, workspace, loss, gradient
      type(c_bp_source), intent(in) :: source
      real(c_double), intent(inout) :: value
      type(c_bp_error), intent(inout) :: error
    end function

    ! ---- dataset.h, model.h
    integer(c_int) function c_bp_dataset_read(path, options, dataset, error) &
        bind(C, name='bp_dataset_read')
      import :: bp_dataset, c_bp_error, c_bp_read_options, c_char, c_int
      character(kind=c_char), intent(in) :: path(*)
      type(c_bp_read_options), intent(in) :: options
      type(bp_dataset), intent(inout) :: dataset
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_dataset_from_array(name, values, rows, columns, ld, dataset, &
        error) bind(C, name='bp_dataset_from_array')
      import :: bp_dataset, c_bp_error, c_char, c_int, c_ptr, c_size_t
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), value :: values
      integer(c_size_t), value :: rows, columns, ld
      type(bp_dataset), intent(inout) :: dataset
      type(c_bp_error), intent(inout) :: error
    end function

    type(c_bp_model_options) function c_bp_model_defaults() bind(C, name='bp_model_defaults')
      import :: c_bp_model_options
    end function

    integer(c_int) function c_bp_model_create(data, options, model, error) &
        bind(C, name='bp_model_create')
      import :: bp_model, c_bp_error, c_bp_model_options, c_int, c_ptr
      type(c_ptr), value :: data
      type(c_bp_model_options), intent(in) :: options
      type(bp_model), intent(inout) :: model
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_model_split(model, data, fraction, seed, kept, held_out, error) &
        bind(C, name='bp_model_split')
      import :: bp_dataset, c_bp_error, c_double, c_int, c_int64_t, c_ptr
      type(c_ptr), value :: model, data
      real(c_double), value :: fraction
      integer(c_int64_t), value :: seed
      type(bp_dataset), intent(inout) :: kept, held_out
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_model_train(model, data, validation, options, error) &
        bind(C, name='bp_model_train')
      import :: bp_train_options, c_bp_error, c_int, c_ptr
      type(c_ptr), value :: model, data, validation
      type(bp_train_options), intent(in) :: options
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_model_load(path, model, error) bind(C, name='bp_model_load')
      import :: bp_model, c_bp_error, c_char, c_int
      character(kind=c_char), intent(in) :: path(*)
      type(bp_model), intent(inout) :: model
      type(c_bp_error), intent(inout) :: error
    end function

    integer(c_int) function c_bp_model_save(model, path, error) bind(C, name='bp_model_save')
      import :: c_bp_error, c_char, c_int, c_ptr
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: path(*)
      type(c_bp_error), intent(inout) :: error
    end function

    type(c_ptr) function c_bp_model_network(model) bind(C, name='bp_model_network')
      import :: c_ptr
      type(c_ptr), value :: model
    end function

    pure integer(c_int) function c_bp_model_answers(model) bind(C, name='bp_model_answers')
      import :: c_int, c_ptr
      type(c_ptr), value :: model
    end function

    type(c_ptr) function c_bp_model_output_name(model, j) bind(C, name='bp_model_output_name')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: model
      integer(c_size_t), value :: j
    end function

    integer(c_int) function c_bp_model_predict(model, kernel, threads, data, Y, ldy, error) &
        bind(C, name='bp_model_predict')
      import :: c_bp_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: model, kernel, data, Y
      integer(c_size_t), value :: threads, ldy
      type(c_bp_error), intent(inout) :: error
    end function
  end interface
end module

! For use.
module bprop
  use, intrinsic :: iso_c_binding, only: c_associated, c_bool, c_char, c_double, c_f_pointer, &
    c_funloc, c_int, c_int64_t, c_intptr_t, c_loc, c_null_char, c_null_funptr, c_null_ptr, c_ptr, &
    c_size_t, c_sizeof
  use bprop_c
  implicit none
  private

  public :: bp_real, bp_version, bp_strerror
  public :: BP_OK, BP_ERROR_ARGUMENT, BP_ERROR_MEMORY, BP_ERROR_SIZE, BP_ERROR_FILE, &
    BP_ERROR_FORMAT, BP_ERROR_DIVERGED, BP_ERROR_CANCELLED
  public :: bp_activation, bp_activation_find, bp_loss, bp_loss_find, bp_kernel, bp_kernel_find, &
    bp_optimizer, bp_optimizer_find, bp_schedule, bp_schedule_find
  public :: bp_activation_make, bp_apply_fn, bp_derivative_fn, bp_loss_make, bp_sum_fn, bp_delta_fn
  public :: BP_REDUCE_SUM, BP_REDUCE_MEAN_ELEMENTS, BP_REDUCE_MEAN_ROWS
  public :: bp_network, bp_network_create, bp_network_destroy, bp_network_initialize, &
    bp_network_inputs, bp_network_outputs, bp_network_n_layers, bp_network_layer, &
    bp_network_neuron, bp_network_n_parameters, bp_network_parameters
  public :: bp_workspace, bp_workspace_create, bp_workspace_destroy, bp_workspace_max_rows
  public :: bp_predict, bp_loss_and_gradient, bp_loss_of, bp_vector_jacobian, bp_jacobian
  public :: bp_train, bp_train_options, bp_train_defaults, BP_ALL_ROWS, bp_progress, bp_progress_fn
  public :: bp_train_state, bp_train_state_create, bp_train_state_destroy, bp_train_state_epoch, &
    bp_train_state_kept_epoch, bp_train_state_end
  public :: BP_END_NOT_YET, BP_END_EPOCHS, BP_END_PATIENCE, BP_END_CONVERGED
  public :: bp_dataset, bp_dataset_read, bp_dataset_from_array, bp_dataset_destroy, bp_dataset_rows
  public :: bp_model, bp_model_create, bp_model_split, bp_model_train, bp_model_load, &
    bp_model_save, bp_model_destroy, bp_model_network, bp_model_answers, bp_model_n_outputs, &
    bp_model_output_name, bp_model_predict
  public :: BP_ANSWER_CLASS, BP_ANSWER_LABELS, BP_ANSWER_NUMBERS

  type, public :: bp_error
    integer :: status = BP_OK
    character(len=256) :: file = ''
    integer(c_size_t) :: line = 0
    character(len=512) :: message = ''
  end type

  ! Rows to learn from or to measure: rows = bp_arrays(X, T), X and T being targets that outlive it,
  ! or sections of such; weights(rows), contiguous, or none.
  type, public :: bp_arrays
    real(bp_real), pointer :: X(:, :) => null() ! inputs, rows
    real(bp_real), pointer :: T(:, :) => null() ! outputs, rows
    real(c_double), pointer :: weights(:) => null()
  end type

  ! A layer; its W is in the network's block, behind `offset` other numbers.
  type, public :: bp_layer
    integer :: k = 0, n = 0
    integer(c_size_t) :: offset = 0
    real(bp_real), pointer :: W(:, :) => null() ! k+1, n
    type(bp_activation) :: activation
  end type

  type, public :: bp_neuron
    real(bp_real), pointer :: weights(:) => null() ! in the network's block
    real(bp_real) :: bias = 0, output = 0, delta = 0
  end type

  ! A text as C wants it, for as long as C looks at it.
  type :: c_text
    character(kind=c_char, len=:), allocatable :: letters
  end type

  ! What bp_activation_make() and bp_loss_make() fill, and their handles point to: a target that
  ! outlives these and is not copied.
  type, public :: bp_own_activation
    private
    type(c_bp_activation) :: row
    type(c_text) :: name
  end type

  type, public :: bp_own_loss
    private
    type(c_bp_loss) :: row
    type(c_text) :: name, output
  end type

contains

  ! ---- Errors and texts ------------------------------------------------------------------------

  function bp_version() result(version)
    character(len=:), allocatable :: version
    version = text_of(c_bp_version())
  end function

  function bp_strerror(status) result(words)
    integer, intent(in) :: status
    character(len=:), allocatable :: words
    words = text_of(c_bp_strerror(int(status, c_int)))
  end function

  function text_of(text) result(copy)
    type(c_ptr), intent(in) :: text ! NULL: no text
    character(len=:), allocatable :: copy
    character(kind=c_char), pointer :: letters(:)
    copy = ''
    if (.not. c_associated(text)) return
    call c_f_pointer(text, letters, [c_strlen(text)])
    copy = repeat(' ', size(letters))
    call spell(letters, copy)
  end function

  ! Letters up to C's end of a text, or to the last.
  subroutine spell(letters, text)
    character(kind=c_char), intent(in) :: letters(:)
    character(len=*), intent(inout) :: text
    integer :: i
    text = ''
    do i = 1, min(size(letters), len(text))
      if (letters(i) == c_null_char) return
      text(i:i) = letters(i)
    end do
  end subroutine

  ! Where C finds a text; NULL without one.
  function as_c(text, copy) result(at)
    character(len=*), intent(in), optional :: text
    type(c_text), intent(inout), target :: copy
    type(c_ptr) :: at
    at = c_null_ptr
    if (.not. present(text)) return
    copy%letters = trim(text) // c_null_char
    at = c_loc(copy%letters)
  end function

  ! What a function of C's has returned.
  subroutine take(status, c, error)
    integer(c_int), intent(in) :: status
    type(c_bp_error), intent(in) :: c
    type(bp_error), intent(inout) :: error
    error%status = status
    if (status == BP_OK) return
    call spell(c%file, error%file)
    error%line = c%line
    call spell(c%message, error%message)
  end subroutine

  ! A number that something of C's has; 0 of nothing.
  pure integer function size_of(c_size, handle)
    procedure(c_size_fn) :: c_size
    type(c_ptr), intent(in) :: handle
    size_of = 0
    if (c_associated(handle)) size_of = int(c_size(handle))
  end function

  subroutine destroy(c_destroy, handle)
    procedure(c_destroy_fn) :: c_destroy
    type(c_ptr), intent(inout) :: handle
    call c_destroy(handle)
    handle = c_null_ptr
  end subroutine

  subroutine refuse(message, error)
    character(len=*), intent(in) :: message
    type(bp_error), intent(inout) :: error
    error%status = BP_ERROR_ARGUMENT
    error%message = message
  end subroutine

  ! ---- Arrays ------------------------------------------------------------------------------------

  ! Bytes from one address to another.
  integer(c_size_t) function distance(from, to)
    type(c_ptr), intent(in) :: from, to
    distance = int(transfer(to, 0_c_intptr_t) - transfer(from, 0_c_intptr_t), c_size_t)
  end function

  ! A matrix as C wants it: where it begins, and its leading dimension. After an error, nothing; nor
  ! with 0 rows, those of a network that is not there, which C refuses.
  subroutine locate(name, A, rows, columns, first, ld, error)
    character(len=*), intent(in) :: name
    real(bp_real), intent(in), target :: A(:, :)
    integer, intent(in) :: rows
    integer(c_size_t), intent(in) :: columns
    type(c_ptr), intent(out) :: first
    integer(c_size_t), intent(out) :: ld
    type(bp_error), intent(inout) :: error
    integer(c_size_t) :: bytes, step
    first = c_null_ptr
    ld = max(rows, 1)
    if (error%status /= BP_OK .or. rows == 0) return
    if (size(A, 1, c_size_t) /= rows .or. size(A, 2, c_size_t) /= columns) then
      call refuse_shape(name, shape(A, c_size_t), [int(rows, c_size_t), columns], error)
      return
    end if
    if (columns == 0) return
    first = c_loc(A(1, 1))
    bytes = c_sizeof(A(1, 1))
    step = bytes
    if (rows > 1) step = distance(first, c_loc(A(2, 1)))
    if (step /= bytes) &
      call refuse('elements of a column of ' // name // ' are not neighbours in memory', error)
    if (columns < 2) return
    step = distance(first, c_loc(A(1, 2)))
    ld = step / bytes
    if (ld < rows .or. mod(step, bytes) /= 0) &
      call refuse('columns of ' // name // ' do not lie one behind the other in memory', error)
  end subroutine

  ! A(rows, columns, pages), which C takes for a matrix of columns*pages columns: from page to page
  ! they must be as far apart as within one.
  subroutine locate_pages(name, A, rows, columns, pages, first, ld, error)
    character(len=*), intent(in) :: name
    real(bp_real), intent(in), target :: A(:, :, :)
    integer, intent(in) :: rows, columns
    integer(c_size_t), intent(in) :: pages
    type(c_ptr), intent(out) :: first
    integer(c_size_t), intent(out) :: ld
    type(bp_error), intent(inout) :: error
    first = c_null_ptr
    ld = max(rows, 1)
    if (error%status /= BP_OK .or. rows == 0) return
    if (size(A, 1) /= rows .or. size(A, 2) /= columns .or. size(A, 3, c_size_t) /= pages) then
      call refuse_shape(name, shape(A, c_size_t), [int([rows, columns], c_size_t), pages], error)
    else if (columns == 1) then
      call locate(name, A(:, 1, :), rows, pages, first, ld, error)
    else if (pages > 0) then
      call locate(name, A(:, :, 1), rows, int(columns, c_size_t), first, ld, error)
      if (pages < 2) return
      if (distance(first, c_loc(A(1, 1, 2))) /= columns * ld * c_sizeof(A(1, 1, 1))) &
        call refuse('columns of ' // name // ' do not lie one behind the other in memory', error)
    end if
  end subroutine

  ! "X is 3 x 5, expected 3 x 6"
  subroutine refuse_shape(name, is, expected, error)
    character(len=*), intent(in) :: name
    integer(c_size_t), intent(in) :: is(:), expected(:)
    type(bp_error), intent(inout) :: error
    character(len=*), parameter :: sizes = '(3(i0, :, " x "))'
    character(len=60) :: has, should
    write (has, sizes) is
    write (should, sizes) expected
    call refuse(name // ' is ' // trim(has) // ', expected ' // should, error)
  end subroutine

  ! A gradient as C wants it.
  subroutine locate_gradient(network, gradient, first, error)
    type(bp_network), intent(in) :: network
    real(bp_real), intent(in), contiguous, target :: gradient(:)
    type(c_ptr), intent(out) :: first
    type(bp_error), intent(inout) :: error
    first = c_null_ptr
    if (error%status /= BP_OK .or. .not. c_associated(network%handle)) return
    if (size(gradient, kind=c_size_t) /= bp_network_n_parameters(network)) then
      call refuse('the gradient is not of the size of the parameters', error)
    else
      first = c_loc(gradient)
    end if
  end subroutine

  subroutine locate_arrays(rows, arrays, error)
    type(bp_arrays), intent(in) :: rows
    type(c_bp_arrays), intent(out) :: arrays
    type(bp_error), intent(inout) :: error
    if (.not. associated(rows%X) .or. .not. associated(rows%T)) then
      call refuse('X and T of bp_arrays must be associated', error)
      return
    end if
    arrays%rows = size(rows%X, 2, c_size_t)
    arrays%inputs = size(rows%X, 1, c_size_t)
    arrays%outputs = size(rows%T, 1, c_size_t)
    call locate('X', rows%X, size(rows%X, 1), arrays%rows, arrays%X, arrays%ldx, error)
    call locate('T', rows%T, size(rows%T, 1), arrays%rows, arrays%T, arrays%ldt, error)
    arrays%weights = c_null_ptr
    if (.not. associated(rows%weights)) return
    if (size(rows%weights, kind=c_size_t) /= arrays%rows .or. &
      .not. is_contiguous(rows%weights)) then
      call refuse('weights must be contiguous, one for each of the rows', error)
    else if (arrays%rows > 0) then
      arrays%weights = c_loc(rows%weights(1))
    end if
  end subroutine

  ! ---- By name -----------------------------------------------------------------------------------
  ! An unknown name leaves the argument alone, and the known ones in error%message.

  subroutine bp_activation_find(name, activation, error)
    character(len=*), intent(in) :: name
    type(bp_activation), intent(inout) :: activation
    type(bp_error), intent(out) :: error
    call find(c_bp_activation_find, name, activation%handle, error)
  end subroutine

  subroutine bp_loss_find(name, loss, error)
    character(len=*), intent(in) :: name
    type(bp_loss), intent(inout) :: loss
    type(bp_error), intent(out) :: error
    call find(c_bp_loss_find, name, loss%handle, error)
  end subroutine

  subroutine bp_kernel_find(name, kernel, error)
    character(len=*), intent(in) :: name
    type(bp_kernel), intent(inout) :: kernel
    type(bp_error), intent(out) :: error
    call find(c_bp_kernel_find, name, kernel%handle, error)
  end subroutine

  subroutine bp_optimizer_find(name, optimizer, error)
    character(len=*), intent(in) :: name
    type(bp_optimizer), intent(inout) :: optimizer
    type(bp_error), intent(out) :: error
    call find(c_bp_optimizer_find, name, optimizer%handle, error)
  end subroutine

  subroutine bp_schedule_find(name, schedule, error)
    character(len=*), intent(in) :: name
    type(bp_schedule), intent(inout) :: schedule
    type(bp_error), intent(out) :: error
    call find(c_bp_schedule_find, name, schedule%handle, error)
  end subroutine

  subroutine find(c_find, name, handle, error)
    procedure(c_find_fn) :: c_find
    character(len=*), intent(in) :: name
    type(c_ptr), intent(inout) :: handle
    type(bp_error), intent(inout) :: error
    type(c_ptr) :: found
    type(c_bp_error) :: c
    found = c_find(trim(name) // c_null_char, c)
    if (c_associated(found)) then
      handle = found
    else
      call take(c%status, c, error)
    end if
  end subroutine

  ! ---- Of the host's own -------------------------------------------------------------------------

  subroutine bp_activation_make(name, apply, times_derivative, own, activation)
    character(len=*), intent(in) :: name
    procedure(bp_apply_fn) :: apply
    procedure(bp_derivative_fn) :: times_derivative
    type(bp_own_activation), intent(inout), target :: own
    type(bp_activation), intent(inout) :: activation
    own%row = c_bp_activation(as_c(name, own%name), c_funloc(apply), c_funloc(times_derivative))
    activation%handle = c_loc(own%row)
  end subroutine

  ! output: the activation that it goes with, whose weighted sums it is computed from.
  subroutine bp_loss_make(name, reduction, sum, delta, own, loss, output)
    character(len=*), intent(in) :: name
    integer, intent(in) :: reduction
    procedure(bp_sum_fn) :: sum
    procedure(bp_delta_fn) :: delta
    type(bp_own_loss), intent(inout), target :: own
    type(bp_loss), intent(inout) :: loss
    character(len=*), intent(in), optional :: output
    own%row = c_bp_loss(as_c(name, own%name), as_c(output, own%output), int(reduction, c_int), &
      c_funloc(sum), c_funloc(delta))
    loss%handle = c_loc(own%row)
  end subroutine

  ! ---- Networks ----------------------------------------------------------------------------------

  ! sizes: the inputs, then the neurons of each layer; activations: one a layer.
  subroutine bp_network_create(sizes, activations, network, error)
    integer, intent(in) :: sizes(:)
    type(bp_activation), intent(in) :: activations(:)
    type(bp_network), intent(inout) :: network
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    if (size(sizes) /= size(activations) + 1 .or. any(sizes < 1)) then
      call refuse('a network needs sizes of 1 or more, one more of them than activations', error)
      return
    end if
    call take(c_bp_network_create(int(sizes, c_size_t), size(activations, kind=c_size_t), &
      activations, network, c), c, error)
  end subroutine

  subroutine bp_network_destroy(network)
    type(bp_network), intent(inout) :: network
    call destroy(c_bp_network_destroy, network%handle)
  end subroutine

  subroutine bp_network_initialize(network, method, seed, error)
    type(bp_network), intent(in) :: network
    character(len=*), intent(in) :: method
    integer, intent(in) :: seed
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    call take(c_bp_network_initialize(network%handle, trim(method) // c_null_char, &
      int(seed, c_int64_t), c), c, error)
  end subroutine

  pure integer function bp_network_inputs(network)
    type(bp_network), intent(in) :: network
    bp_network_inputs = size_of(c_bp_network_inputs, network%handle)
  end function

  pure integer function bp_network_outputs(network)
    type(bp_network), intent(in) :: network
    bp_network_outputs = size_of(c_bp_network_outputs, network%handle)
  end function

  pure integer function bp_network_n_layers(network)
    type(bp_network), intent(in) :: network
    bp_network_n_layers = size_of(c_bp_network_n_layers, network%handle)
  end function

  pure integer function bp_network_n_parameters(network)
    type(bp_network), intent(in) :: network
    bp_network_n_parameters = size_of(c_bp_network_n_parameters, network%handle)
  end function

  ! The block of all weights, there to be read and written.
  function bp_network_parameters(network) result(block)
    type(bp_network), intent(in) :: network
    real(bp_real), pointer :: block(:)
    block => null()
    if (c_associated(network%handle)) call c_f_pointer(c_bp_network_parameters(network%handle), &
      block, [bp_network_n_parameters(network)])
  end function

  ! Layer l, 1 … n_layers; another has no W.
  type(bp_layer) function bp_network_layer(network, l) result(layer)
    type(bp_network), intent(in) :: network
    integer, intent(in) :: l
    type(c_bp_layer) :: c
    if (l < 1 .or. l > bp_network_n_layers(network)) return
    c = c_bp_network_layer(network%handle, int(l - 1, c_size_t))
    layer%k = int(c%k)
    layer%n = int(c%n)
    layer%offset = c%offset
    layer%activation = c%activation
    call c_f_pointer(c%W, layer%W, [c%ldw, c%n])
  end function

  ! Neuron j of layer l, with its output and delta for row i of the workspace's batch; one that does
  ! not exist has no weights.
  type(bp_neuron) function bp_network_neuron(network, l, j, workspace, i) result(neuron)
    type(bp_network), intent(in) :: network
    integer, intent(in) :: l, j
    type(bp_workspace), intent(in), optional :: workspace
    integer, intent(in), optional :: i
    type(bp_layer) :: layer
    type(c_ptr) :: traces
    integer(c_size_t) :: row
    type(c_bp_neuron) :: c
    layer = bp_network_layer(network, l)
    if (j < 1 .or. j > layer%n) return
    traces = c_null_ptr
    row = 0
    if (present(workspace) .and. present(i)) then
      if (i < 1 .or. i > bp_workspace_max_rows(workspace)) return
      traces = workspace%handle
      row = int(i - 1, c_size_t)
    end if
    c = c_bp_network_neuron(network%handle, traces, int(l - 1, c_size_t), int(j - 1, c_size_t), row)
    call c_f_pointer(c%weights, neuron%weights, [c%n_weights])
    neuron%bias = c%bias
    neuron%output = c%output
    neuron%delta = c%delta
  end function

  ! ---- Passes over a batch -----------------------------------------------------------------------

  subroutine bp_workspace_create(network, max_rows, workspace, error, kernel)
    type(bp_network), intent(in) :: network
    integer, intent(in) :: max_rows
    type(bp_workspace), intent(inout) :: workspace
    type(bp_error), intent(out) :: error
    type(bp_kernel), intent(in), optional :: kernel ! auto
    type(bp_kernel) :: how
    type(c_bp_error) :: c
    if (present(kernel)) how = kernel
    if (max_rows < 1) then
      call refuse('a workspace takes 1 row or more', error)
      return
    end if
    call take(c_bp_workspace_create(network%handle, how%handle, int(max_rows, c_size_t), &
      workspace, c), c, error)
  end subroutine

  subroutine bp_workspace_destroy(workspace)
    type(bp_workspace), intent(inout) :: workspace
    call destroy(c_bp_workspace_destroy, workspace%handle)
  end subroutine

  pure integer function bp_workspace_max_rows(workspace)
    type(bp_workspace), intent(in) :: workspace
    bp_workspace_max_rows = size_of(c_bp_workspace_max_rows, workspace%handle)
  end function

  ! Outputs Y(outputs, rows) for inputs X(inputs, rows), any number of rows.
  subroutine bp_predict(network, workspace, X, Y, error)
    type(bp_network), intent(in) :: network
    type(bp_workspace), intent(in) :: workspace
    real(bp_real), intent(in), target :: X(:, :)
    real(bp_real), intent(inout), target :: Y(:, :)
    type(bp_error), intent(out) :: error
    type(c_ptr) :: first_x, first_y
    integer(c_size_t) :: m, ldx, ldy
    type(c_bp_error) :: c
    m = size(X, 2, c_size_t)
    call locate('X', X, bp_network_inputs(network), m, first_x, ldx, error)
    call locate('Y', Y, bp_network_outputs(network), m, first_y, ldy, error)
    if (error%status /= BP_OK) return
    call take(c_bp_predict(network%handle, workspace%handle, m, first_x, ldx, first_y, ldy, c), c, &
      error)
  end subroutine

  ! The loss of up to max_rows rows, and its gradient, laid out as the parameters.
  subroutine bp_loss_and_gradient(network, workspace, loss, X, T, value, error, gradient)
    type(bp_network), intent(in) :: network
    type(bp_workspace), intent(in) :: workspace
    type(bp_loss), intent(in) :: loss
    real(bp_real), intent(in), target :: X(:, :), T(:, :)
    real(c_double), intent(inout) :: value
    type(bp_error), intent(out) :: error
    real(bp_real), intent(inout), optional, contiguous, target :: gradient(:)
    type(c_ptr) :: first_x, first_t, first_g
    integer(c_size_t) :: m, ldx, ldt
    type(c_bp_error) :: c
    m = size(X, 2, c_size_t)
    call locate('X', X, bp_network_inputs(network), m, first_x, ldx, error)
    call locate('T', T, bp_network_outputs(network), m, first_t, ldt, error)
    first_g = c_null_ptr
    if (present(gradient)) call locate_gradient(network, gradient, first_g, error)
    if (error%status /= BP_OK) return
    call take(c_bp_loss_and_gradient(network%handle, workspace%handle, loss%handle, m, first_x, &
      ldx, first_t, ldt, value, first_g, c), c, error)
  end subroutine

  ! ---- Derivatives by the inputs -----------------------------------------------------------------

  ! Vector-Jacobian products: column i of E(inputs, rows) is that of V(outputs, rows) times the
  ! derivative of the outputs by the inputs at column i of X(inputs, rows),
  !
  !   E(p, i) = sum over o of V(o, i) * dy_o/dx_p ,
  !
  ! so that with dloss/dY in V, E is dloss/dX. Y(outputs, rows) receives the outputs.
  subroutine bp_vector_jacobian(network, workspace, X, V, E, error, Y)
    type(bp_network), intent(in) :: network
    type(bp_workspace), intent(in) :: workspace
    real(bp_real), intent(in), target :: X(:, :), V(:, :)
    real(bp_real), intent(inout), target :: E(:, :)
    type(bp_error), intent(out) :: error
    real(bp_real), intent(inout), optional, target :: Y(:, :)
    type(c_ptr) :: first_x, first_v, first_e, first_y
    integer(c_size_t) :: m, ldx, ldv, lde, ldy
    type(c_bp_error) :: c
    m = size(X, 2, c_size_t)
    call locate('X', X, bp_network_inputs(network), m, first_x, ldx, error)
    call locate('V', V, bp_network_outputs(network), m, first_v, ldv, error)
    call locate('E', E, bp_network_inputs(network), m, first_e, lde, error)
    first_y = c_null_ptr
    ldy = 0
    if (present(Y)) call locate('Y', Y, bp_network_outputs(network), m, first_y, ldy, error)
    if (error%status /= BP_OK) return
    call take(c_bp_vector_jacobian(network%handle, workspace%handle, m, first_x, ldx, first_v, &
      ldv, first_y, ldy, first_e, lde, c), c, error)
  end subroutine

  ! The Jacobians J(inputs, outputs, rows), one for each column of X(inputs, rows):
  !
  !   J(p, o, i) = dy_o/dx_p at X(:, i) ,
  !
  ! so that J(:, o, i) is the gradient of output o, and J(:, :, i) the transpose of what textbooks
  ! write. It may be a section such as big(3:5, :, :), but not one of fewer outputs, big(:, 1:2, :).
  ! Y(outputs, rows) receives the outputs. A workspace of `outputs` rows, or a multiple of that, is
  ! best.
  subroutine bp_jacobian(network, workspace, X, J, error, Y)
    type(bp_network), intent(in) :: network
    type(bp_workspace), intent(in) :: workspace
    real(bp_real), intent(in), target :: X(:, :)
    real(bp_real), intent(inout), target :: J(:, :, :)
    type(bp_error), intent(out) :: error
    real(bp_real), intent(inout), optional, target :: Y(:, :)
    type(c_ptr) :: first_x, first_j, first_y
    integer(c_size_t) :: m, ldx, ldj, ldy
    type(c_bp_error) :: c
    m = size(X, 2, c_size_t)
    call locate('X', X, bp_network_inputs(network), m, first_x, ldx, error)
    call locate_pages('J', J, bp_network_inputs(network), bp_network_outputs(network), m, first_j, &
      ldj, error)
    first_y = c_null_ptr
    ldy = 0
    if (present(Y)) call locate('Y', Y, bp_network_outputs(network), m, first_y, ldy, error)
    if (error%status /= BP_OK) return
    call take(c_bp_jacobian(network%handle, workspace%handle, m, first_x, ldx, first_y, ldy, &
      first_j, ldj, c), c, error)
  end subroutine

  ! ---- Training ----------------------------------------------------------------------------------

  ! Trains on the rows of `train`; `user` is handed to `progress`, a bind(C) procedure: of a module,
  ! as an internal one makes gfortran want an executable stack.
  subroutine bp_train(network, loss, train, error, validation, options, train_only, progress, user)
    type(bp_network), intent(in) :: network
    type(bp_loss), intent(in) :: loss
    type(bp_arrays), intent(in) :: train
    type(bp_error), intent(out) :: error
    type(bp_arrays), intent(in), optional :: validation
    type(bp_train_options), intent(in), optional :: options
    character(len=*), intent(in), optional :: train_only
    procedure(bp_progress_fn), optional :: progress
    type(c_ptr), intent(in), optional :: user
    type(c_bp_arrays), target :: arrays, held ! sources keep where they are
    type(c_bp_source), target :: held_source
    type(c_ptr) :: held_rows
    type(bp_train_options) :: how
    type(c_text), target :: tensors
    type(c_bp_error) :: c
    how = training(tensors, options, train_only, progress, user)
    call locate_arrays(train, arrays, error)
    held_rows = c_null_ptr
    if (present(validation)) then
      call locate_arrays(validation, held, error)
      held_source = c_bp_arrays_source(held)
      held_rows = c_loc(held_source)
    end if
    if (error%status /= BP_OK) return
    call take(c_bp_train(network%handle, loss%handle, c_bp_arrays_source(arrays), held_rows, how, &
      c), c, error)
  end subroutine

  ! Options as C takes them, whose list of tensors is kept in `tensors`.
  function training(tensors, options, train_only, progress, user) result(how)
    type(c_text), intent(inout), target :: tensors
    type(bp_train_options), intent(in), optional :: options
    character(len=*), intent(in), optional :: train_only
    procedure(bp_progress_fn), optional :: progress
    type(c_ptr), intent(in), optional :: user
    type(bp_train_options) :: how
    how = bp_train_defaults()
    if (present(options)) how = options
    how%train_only = as_c(train_only, tensors)
    how%progress = c_null_funptr
    how%user = c_null_ptr
    if (present(progress)) how%progress = c_funloc(progress)
    if (present(user)) how%user = user
  end function

  ! The loss of any number of rows, with their weights, and its gradient.
  subroutine bp_loss_of(network, workspace, loss, rows, value, error, gradient)
    type(bp_network), intent(in) :: network
    type(bp_workspace), intent(in) :: workspace
    type(bp_loss), intent(in) :: loss
    type(bp_arrays), intent(in) :: rows
    real(c_double), intent(inout) :: value
    type(bp_error), intent(out) :: error
    real(bp_real), intent(inout), optional, contiguous, target :: gradient(:)
    type(c_bp_arrays), target :: arrays
    type(c_ptr) :: first_g
    type(c_bp_error) :: c
    call locate_arrays(rows, arrays, error)
    first_g = c_null_ptr
    if (present(gradient)) call locate_gradient(network, gradient, first_g, error)
    if (error%status /= BP_OK) return
    call take(c_bp_loss_of(network%handle, workspace%handle, loss%handle, &
      c_bp_arrays_source(arrays), value, first_g, c), c, error)
  end subroutine

  ! For options%state.
  subroutine bp_train_state_create(state, error)
    type(bp_train_state), intent(inout) :: state
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    call take(c_bp_train_state_create(state, c), c, error)
  end subroutine

  subroutine bp_train_state_destroy(state)
    type(bp_train_state), intent(inout) :: state
    call destroy(c_bp_train_state_destroy, state%handle)
  end subroutine

  pure integer function bp_train_state_epoch(state)
    type(bp_train_state), intent(in) :: state
    bp_train_state_epoch = size_of(c_bp_train_state_epoch, state%handle)
  end function

  pure integer function bp_train_state_kept_epoch(state)
    type(bp_train_state), intent(in) :: state
    bp_train_state_kept_epoch = size_of(c_bp_train_state_kept_epoch, state%handle)
  end function

  pure integer function bp_train_state_end(state)
    type(bp_train_state), intent(in) :: state
    bp_train_state_end = BP_END_NOT_YET
    if (c_associated(state%handle)) bp_train_state_end = c_bp_train_state_end(state%handle)
  end function

  ! ---- Tables and models -------------------------------------------------------------------------

  ! A table out of a file; what is not said is found out.
  subroutine bp_dataset_read(path, dataset, error, format, labels, header, delimiter, &
      drop_missing, categorical, threads, named, ignored)
    character(len=*), intent(in) :: path
    type(bp_dataset), intent(inout) :: dataset
    type(bp_error), intent(out) :: error
    character(len=*), intent(in), optional :: format, labels
    logical, intent(in), optional :: header         ! whether the first line is one
    character(len=1), intent(in), optional :: delimiter
    logical, intent(in), optional :: drop_missing   ! false
    character(len=*), intent(in), optional :: categorical
    integer, intent(in), optional :: threads        ! 0: one for each processor
    character(len=*), intent(in), optional :: named   ! that will be asked for, such as targets
    character(len=*), intent(in), optional :: ignored ! that no model takes
    type(c_bp_read_options) :: how
    type(c_text), target :: texts(5)
    type(c_bp_error) :: c
    how%format = as_c(format, texts(1))
    how%labels = as_c(labels, texts(2))
    how%header = C_HEADER_AUTO
    if (present(header)) how%header = merge(C_HEADER_YES, C_HEADER_NO, header)
    how%delimiter = c_null_char
    if (present(delimiter)) how%delimiter = delimiter
    how%drop_missing = .false._c_bool
    if (present(drop_missing)) how%drop_missing = logical(drop_missing, c_bool)
    how%categorical = as_c(categorical, texts(3))
    how%named = as_c(named, texts(4))
    how%ignored = as_c(ignored, texts(5))
    how%threads = 0
    if (present(threads)) how%threads = int(max(threads, 0), c_size_t)
    call take(c_bp_dataset_read(trim(path) // c_null_char, how, dataset, c), c, error)
  end subroutine

  ! A table of values(columns, rows), copied; NaN is a missing cell.
  subroutine bp_dataset_from_array(name, values, dataset, error)
    character(len=*), intent(in) :: name
    real(c_double), intent(in), contiguous, target :: values(:, :)
    type(bp_dataset), intent(inout) :: dataset
    type(bp_error), intent(out) :: error
    type(c_ptr) :: first
    type(c_bp_error) :: c
    first = c_null_ptr
    if (size(values, kind=c_size_t) > 0) first = c_loc(values)
    call take(c_bp_dataset_from_array(trim(name) // c_null_char, first, size(values, 2, c_size_t), &
      size(values, 1, c_size_t), size(values, 1, c_size_t), dataset, c), c, error)
  end subroutine

  subroutine bp_dataset_destroy(dataset)
    type(bp_dataset), intent(inout) :: dataset
    call destroy(c_bp_dataset_destroy, dataset%handle)
  end subroutine

  pure integer function bp_dataset_rows(dataset)
    type(bp_dataset), intent(in) :: dataset
    bp_dataset_rows = size_of(c_bp_dataset_rows, dataset%handle)
  end function

  ! A model for a table, to be trained; what is not said has bp_model_options' default.
  subroutine bp_model_create(data, model, error, target, task, scale, hidden, activation, output, &
      loss, init, init_from, fill_missing, seed, weight_column, class_weight)
    type(bp_dataset), intent(in) :: data
    type(bp_model), intent(inout) :: model
    type(bp_error), intent(out) :: error
    character(len=*), intent(in), optional :: target, task, scale, hidden, activation, output, &
      loss, init, init_from
    logical, intent(in), optional :: fill_missing
    integer, intent(in), optional :: seed
    character(len=*), intent(in), optional :: weight_column, class_weight
    type(c_bp_model_options) :: how
    type(c_text), target :: texts(11)
    type(c_bp_error) :: c
    how = c_bp_model_defaults()
    how%target = as_c(target, texts(1))
    how%task = as_c(task, texts(2))
    how%scale = as_c(scale, texts(3))
    how%hidden = as_c(hidden, texts(4))
    how%activation = as_c(activation, texts(5))
    how%output = as_c(output, texts(6))
    how%loss = as_c(loss, texts(7))
    how%init = as_c(init, texts(8))
    how%init_from = as_c(init_from, texts(9))
    if (present(fill_missing)) how%fill_missing = logical(fill_missing, c_bool)
    if (present(seed)) how%seed = int(seed, c_int64_t)
    how%weight_column = as_c(weight_column, texts(10))
    how%class_weight = as_c(class_weight, texts(11))
    call take(c_bp_model_create(data%handle, how, model, c), c, error)
  end subroutine

  ! Holds out a fraction of the rows, to validate or to test with. Both parts borrow from `data`,
  ! which is to be destroyed after them.
  subroutine bp_model_split(model, data, fraction, seed, kept, held_out, error)
    type(bp_model), intent(in) :: model
    type(bp_dataset), intent(in) :: data
    real(c_double), intent(in) :: fraction
    integer, intent(in) :: seed
    type(bp_dataset), intent(inout) :: kept, held_out
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    call take(c_bp_model_split(model%handle, data%handle, fraction, int(seed, c_int64_t), kept, &
      held_out, c), c, error)
  end subroutine

  ! Trains the model on a table; the arguments behind `validation` are those of bp_train().
  subroutine bp_model_train(model, data, error, validation, options, train_only, progress, user)
    type(bp_model), intent(in) :: model
    type(bp_dataset), intent(in) :: data
    type(bp_error), intent(out) :: error
    type(bp_dataset), intent(in), optional :: validation
    type(bp_train_options), intent(in), optional :: options
    character(len=*), intent(in), optional :: train_only
    procedure(bp_progress_fn), optional :: progress
    type(c_ptr), intent(in), optional :: user
    type(bp_dataset) :: held
    type(c_text), target :: tensors
    type(c_bp_error) :: c
    if (present(validation)) then
      held = validation
      if (.not. c_associated(held%handle)) then ! which C takes for none
        call refuse('the table to validate with is not there', error)
        return
      end if
    end if
    call take(c_bp_model_train(model%handle, data%handle, held%handle, &
      training(tensors, options, train_only, progress, user), c), c, error)
  end subroutine

  subroutine bp_model_load(path, model, error)
    character(len=*), intent(in) :: path
    type(bp_model), intent(inout) :: model
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    call take(c_bp_model_load(trim(path) // c_null_char, model, c), c, error)
  end subroutine

  subroutine bp_model_save(model, path, error)
    type(bp_model), intent(in) :: model
    character(len=*), intent(in) :: path
    type(bp_error), intent(out) :: error
    type(c_bp_error) :: c
    call take(c_bp_model_save(model%handle, trim(path) // c_null_char, c), c, error)
  end subroutine

  subroutine bp_model_destroy(model)
    type(bp_model), intent(inout) :: model
    call destroy(c_bp_model_destroy, model%handle)
  end subroutine

  ! The model's own network: not to be destroyed.
  type(bp_network) function bp_model_network(model) result(network)
    type(bp_model), intent(in) :: model
    if (c_associated(model%handle)) network%handle = c_bp_model_network(model%handle)
  end function

  pure integer function bp_model_answers(model)
    type(bp_model), intent(in) :: model
    bp_model_answers = BP_ANSWER_NUMBERS
    if (c_associated(model%handle)) bp_model_answers = c_bp_model_answers(model%handle)
  end function

  pure integer function bp_model_n_outputs(model)
    type(bp_model), intent(in) :: model
    bp_model_n_outputs = size_of(c_bp_model_n_outputs, model%handle)
  end function

  ! Of output j, 1 … n_outputs; '' if it has none.
  function bp_model_output_name(model, j) result(name)
    type(bp_model), intent(in) :: model
    integer, intent(in) :: j
    character(len=:), allocatable :: name
    name = ''
    if (j >= 1 .and. j <= bp_model_n_outputs(model)) &
      name = text_of(c_bp_model_output_name(model%handle, int(j - 1, c_size_t)))
  end function

  ! Answers Y(outputs, rows) for the rows of a table.
  subroutine bp_model_predict(model, data, Y, error, kernel, threads)
    type(bp_model), intent(in) :: model
    type(bp_dataset), intent(in) :: data
    real(c_double), intent(inout), contiguous, target :: Y(:, :)
    type(bp_error), intent(out) :: error
    type(bp_kernel), intent(in), optional :: kernel ! auto
    integer, intent(in), optional :: threads        ! 1; 0: one for each processor
    type(bp_kernel) :: how
    integer(c_size_t) :: n_threads
    type(c_bp_error) :: c
    n_threads = 1
    if (present(kernel)) how = kernel
    if (present(threads)) n_threads = int(max(threads, 0), c_size_t)
    if (c_associated(model%handle) .and. c_associated(data%handle) .and. &
      any(shape(Y) /= [bp_model_n_outputs(model), bp_dataset_rows(data)])) then
      call refuse('Y must be outputs x rows', error)
    else
      call take(c_bp_model_predict(model%handle, how%handle, n_threads, data%handle, c_loc(Y), &
        size(Y, 1, c_size_t), c), c, error)
    end if
  end subroutine
end module
