using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Asks the system for pages of 2 MB under a tensor that is read from end to end again and again: decoding reads all weights for every token, and
/// with pages of 4 KB a tenth of the memory's bandwidth goes into finding them. Where the system has no such pages, nothing changes.
/// </summary>
internal static partial class LargePages
{
    private const long PageBytes = 2 << 20;
    private const int HugePage = 14; // MADV_HUGEPAGE

    /// <summary>Asks for them. Best before the tensor is first written to; what it holds stays.</summary>
    /// <param name="tensor">Contiguous, on the CPU.</param>
    public static unsafe void Advise(Tensor tensor)
    {
        if (!OperatingSystem.IsLinux())
            return;
        long start = ((nint)Aten.Pointer(tensor) + PageBytes - 1) / PageBytes * PageBytes;
        long end = ((nint)Aten.Pointer(tensor) + tensor.numel() * tensor.element_size()) / PageBytes * PageBytes;
        if (end > start)
            _ = Advise((nint)start, (nuint)(end - start), HugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
