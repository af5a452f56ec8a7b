using System.Runtime.InteropServices;
using TorchSharp;

namespace Castalia.Tensors;

/// <summary>
/// Operators of libtorch's C interface that write into a tensor that is there already. They skip autograd: for use inside a
/// <c>torch.autograd.Function</c> or under <c>no_grad</c>, on CPU tensors.
/// </summary>
internal static partial class Aten
{
    private const string Library = "torch_cpu";

    /// <summary>The address of a tensor's first element.</summary>
    public static unsafe byte* Pointer(torch.Tensor tensor)
    {
        Check(GetDataPointer(tensor.Handle, out nint pointer), "data_ptr");
        return (byte*)pointer;
    }

    /// <summary><c>result = left @ right</c>, matrices.</summary>
    public static void MatrixProduct(torch.Tensor result, torch.Tensor left, torch.Tensor right) =>
        Check(MmOut(result.Handle, left.Handle, right.Handle), "mm.out");

    /// <summary><c>result += left @ right</c>, matrices.</summary>
    public static void AddMatrixProduct(torch.Tensor result, torch.Tensor left, torch.Tensor right) =>
        Check(AddmmOut(result.Handle, result.Handle, left.Handle, right.Handle, 1, 1), "addmm.out");

    /// <summary><c>result[b] = left[b] @ right[b]</c>, batches of matrices.</summary>
    public static void BatchedMatrixProduct(torch.Tensor result, torch.Tensor left, torch.Tensor right) =>
        Check(BmmOut(result.Handle, left.Handle, right.Handle), "bmm.out");

    /// <summary><c>result[b] += left[b] @ right[b]</c>, batches of matrices.</summary>
    public static void AddBatchedMatrixProduct(torch.Tensor result, torch.Tensor left, torch.Tensor right) =>
        Check(BaddbmmOut(result.Handle, result.Handle, left.Handle, right.Handle, 1, 1), "baddbmm.out");

    internal static void Check(int error, string name)
    {
        if (error != 0)
            throw new InvalidOperationException($"libtorch refused aten::{name}; its reason stands on the error stream.");
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPointer(nint tensor, out nint pointer);

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu_mm_out")]
    private static partial int MmOut(nint result, nint left, nint right);

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu_addmm_out")]
    private static partial int AddmmOut(nint result, nint addend, nint left, nint right, double beta, double alpha);

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu_bmm_out")]
    private static partial int BmmOut(nint result, nint left, nint right);

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu_baddbmm_out")]
    private static partial int BaddbmmOut(nint result, nint addend, nint left, nint right, double beta, double alpha);
}
