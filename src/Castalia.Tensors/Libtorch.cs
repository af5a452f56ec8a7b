using System.Runtime.InteropServices;
using TorchSharp;

namespace Castalia.Tensors;

/// <summary>
/// Brings libtorch up in the state that training on a CPU wants. Every entry point that uses tensors calls
/// <see cref="Initialize"/> before it touches a TorchSharp type.
/// </summary>
/// <remarks>
/// Three settings matter, and two of them only count before libtorch is loaded:
/// <list type="bullet">
/// <item>OpenMP workers sleep while they wait (<c>OMP_WAIT_POLICY=PASSIVE</c>, <c>GOMP_SPINCOUNT=0</c>). Spinning makes two threads
/// slower than one on a machine that is shared. libgomp reads C's environment, which .NET's own setter does not change.</item>
/// <item>glibc keeps what it once got from the kernel (<c>mallopt</c>: no mapping of large blocks, no trimming). Otherwise every large
/// temporary of every step is mapped, faulted in page by page, and given back.</item>
/// <item>The number of threads within an operation.</item>
/// </list>
/// What the user has set in the environment stays as it is.
/// </remarks>
public static partial class Libtorch
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int MmapMaximum = -4;

    private static readonly Lock Gate = new();
    private static bool _initialized;

    /// <summary>The threads that an operation, or one of this library's kernels, uses.</summary>
    public static int Threads { get; private set; } = Environment.ProcessorCount;

    /// <summary>
    /// Prepares the process and loads libtorch. Calling it again is free; calling it again with a number of threads changes that number.
    /// </summary>
    /// <param name="threads">Threads within an operation; null leaves what is set (at first: one for each processor).</param>
    /// <param name="prepareProcess">False leaves allocator and OpenMP as they are installed: for comparisons. Counts in the first call only.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is less than 1.</exception>
    public static void Initialize(int? threads = null, bool prepareProcess = true)
    {
        if (threads is { } asked)
            ArgumentOutOfRangeException.ThrowIfLessThan(asked, 1, nameof(threads));
        lock (Gate)
        {
            if (_initialized && threads is null)
                return;
            if (!_initialized && prepareProcess)
                PrepareProcess();
            if (!_initialized || threads != Threads)
            {
                Threads = threads ?? Threads;
                torch.set_num_threads(Threads);
            }
            _initialized = true;
        }
    }

    private static void PrepareProcess()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        _ = SetEnvironment("GOMP_SPINCOUNT", "0", overwrite: 0);
        try
        {
            // Some versions refuse a threshold this high; then no block at all is to be mapped.
            if (SetAllocatorOption(MmapThreshold, int.MaxValue) == 0)
                _ = SetAllocatorOption(MmapMaximum, 0);
            _ = SetAllocatorOption(TrimThreshold, -1);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no mallopt: slower, not wrong.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);
}
