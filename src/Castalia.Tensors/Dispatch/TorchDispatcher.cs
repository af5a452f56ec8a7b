using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Operators of libtorch that TorchSharp has no method for, called by name through libtorch's C dispatcher. Each is a typed method: a
/// call with a wrong number or kind of arguments would end the process, so the raw call is not to be had.
/// </summary>
/// <remarks>
/// A stack slot is 64 bits: a tensor is a new handle that the call takes over, a float is the bits of a double, a missing optional is
/// zero, a list is a handle to a list of slots.
/// </remarks>
internal static unsafe partial class TorchDispatcher
{
    private const string Library = "torch_cpu";

    /// <summary>
    /// <c>aten::_fused_adamw_</c> on one tensor of each kind: a whole AdamW step in one pass. The gradient is divided by
    /// <paramref name="gradientScale"/> (and left so) if that is given. All are of one type; the step count is a float scalar and is not advanced.
    /// </summary>
    public static void FusedAdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, Tensor step,
        double learningRate, double beta1, double beta2, double weightDecay, double epsilon, Tensor? gradientScale)
    {
        Span<ulong> stack =
        [
            ListOf(parameter), ListOf(gradient), ListOf(mean), ListOf(variance), EmptyList(), ListOf(step),
            Slot(learningRate), Slot(beta1), Slot(beta2), Slot(weightDecay), Slot(epsilon), Slot(false), Slot(false),
            OptionalSlot(gradientScale), 0,
        ];
        Call("aten::_fused_adamw_", "", stack);
    }

    private static void Call(string name, string overload, Span<ulong> stack)
    {
        fixed (ulong* slots = stack)
            Aten.Check(CallDispatcher(name, overload, slots), name["aten::".Length..]);
    }

    private static ulong Slot(Tensor tensor)
    {
        Aten.Check(NewTensorHandle(tensor.Handle, out nint handle), "new_tensor_handle");
        return (ulong)handle;
    }

    private static ulong Slot(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static ulong Slot(bool value) => value ? 1UL : 0UL;

    private static ulong OptionalSlot(Tensor? tensor)
    {
        if (tensor is null)
            return 0;
        // The callee frees the cell.
        ulong* cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = Slot(tensor);
        return (ulong)cell;
    }

    private static ulong EmptyList()
    {
        Aten.Check(NewList(0, out nint list), "new_list");
        return (ulong)list;
    }

    private static ulong ListOf(Tensor tensor)
    {
        Aten.Check(NewList(1, out nint list), "new_list");
        Aten.Check(PushBack(list, Slot(tensor)), "list_push_back");
        return (ulong)list;
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string name, string overload, ulong* stack);

    [LibraryImport(Library, EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewTensorHandle(nint tensor, out nint handle);

    [LibraryImport(Library, EntryPoint = "torch_new_list_reserve_size")]
    private static partial int NewList(nuint size, out nint list);

    [LibraryImport(Library, EntryPoint = "torch_list_push_back")]
    private static partial int PushBack(nint list, ulong element);
}
