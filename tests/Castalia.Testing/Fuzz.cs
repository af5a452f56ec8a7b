using System.Diagnostics;
using System.Globalization;

namespace Castalia.Testing;

/// <summary>What a reader did with many damaged files.</summary>
/// <param name="Inputs">How many there were.</param>
/// <param name="Refused">How many it refused.</param>
/// <param name="MostAllocated">The most bytes that reading one of them allocated.</param>
/// <param name="Seconds">How long all of them took.</param>
public sealed record FuzzReport(int Inputs, int Refused, long MostAllocated, double Seconds)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Inputs:N0} inputs, {Refused:N0} refused, at most {MostAllocated:N0} bytes allocated for one, {Seconds:N1} s");
}

/// <summary>
/// Gives a reader sound files damaged at random, all in memory. It may read them or refuse them in its own way; it may not fail in any other, read past the
/// end, hang, or allocate more than a file's size warrants. As many inputs as CASTALIA_FUZZ_INPUTS says, else 100,000, by the seed
/// CASTALIA_FUZZ_SEED, else 20: a longer run is <c>CASTALIA_FUZZ_INPUTS=5000000 CASTALIA_FUZZ_SEED=7 dotnet test --project tests/Castalia.Formats.Tests --
/// --filter-class '*MutationTests'</c>. With CASTALIA_FUZZ_KEEP each input is written to that file before it is read: what ended the process is found there.
/// </summary>
public static class Fuzz
{
    private const int UsualInputs = 100_000, UsualSeed = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string? Keep = Environment.GetEnvironmentVariable("CASTALIA_FUZZ_KEEP");

    /// <summary>How many inputs a run has.</summary>
    public static int Inputs { get; } = Number("CASTALIA_FUZZ_INPUTS", UsualInputs);

    /// <summary>The seed.</summary>
    public static int Seed { get; } = Number("CASTALIA_FUZZ_SEED", UsualSeed);

    /// <summary>Runs a reader.</summary>
    /// <typeparam name="TRefusal">How it refuses.</typeparam>
    /// <param name="sound">Sound files.</param>
    /// <param name="tokens">Pieces that mean something in the format.</param>
    /// <param name="read">Opens the bytes and reads everything in them.</param>
    /// <param name="factor">Bytes that may be allocated for each of the file's.</param>
    /// <param name="constant">Bytes that may be allocated whatever its size.</param>
    /// <param name="inputs">How many inputs; null for <see cref="Inputs"/>.</param>
    /// <exception cref="InvalidOperationException">The reader did what it may not; says with which input.</exception>
    public static FuzzReport Run<TRefusal>(
        IReadOnlyList<byte[]> sound, IReadOnlyList<byte[]> tokens, Action<GuardedBytes> read, int factor = 64, int constant = 64 * 1024, int? inputs = null)
        where TRefusal : Exception
    {
        var run = new Worker<TRefusal>(sound, tokens, read, factor, constant, inputs ?? Inputs);
        var thread = new Thread(run.Work) { IsBackground = true, Name = "fuzz" };
        thread.Start();
        // A reader that hangs is told from a slow machine by patience.
        for (int seen = -1; !thread.Join(Patience); seen = run.Done)
        {
            if (run.Done == seen)
                throw new InvalidOperationException($"Seed {Seed}, input {run.Done}: the reader hangs. {run.Shown()}");
        }
        return run.Failure is null ? run.Report! : throw new InvalidOperationException(run.Failure);
    }

    private static int Number(string variable, int absent) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : absent;

    private sealed class Worker<TRefusal>(
        IReadOnlyList<byte[]> sound, IReadOnlyList<byte[]> tokens, Action<GuardedBytes> read, int factor, int constant, int inputs) where TRefusal : Exception
    {
        private readonly GuardedBytes _input = new(Mutator.MostBytes(sound)); // as long as the process: a reader that hangs may still look at it
        private volatile int _done;

        public int Done => _done;
        public FuzzReport? Report { get; private set; }
        public string? Failure { get; private set; }

        public string Shown() => $"The input: {Convert.ToBase64String(_input.Span)}";

        public void Work()
        {
            var mutator = new Mutator(new Random(Seed), sound, tokens);
            var clock = Stopwatch.StartNew();
            int refused = 0;
            long most = 0;
            foreach (byte[] file in sound) // sound files are read; and what is made once is made before it is counted
            {
                _input.Set(file);
                if (!Try(out Exception? refusal) || refusal is not null)
                {
                    Failure ??= $"A sound file was refused: {refusal}";
                    return;
                }
            }
            for (; _done < inputs && Failure is null; _done++)
            {
                _input.Set(mutator.Next());
                if (Keep is not null)
                    File.WriteAllBytes(Keep, _input.Span);
                long before = GC.GetAllocatedBytesForCurrentThread();
                bool sane = Try(out Exception? refusal);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                most = Math.Max(most, allocated);
                refused += refusal is null ? 0 : 1;
                if (sane && allocated > constant + (long)factor * _input.Length)
                    Failure = $"Seed {Seed}, input {_done}: {allocated} bytes allocated for {_input.Length}. {Shown()}";
            }
            Report = new FuzzReport(_done, refused, most, clock.Elapsed.TotalSeconds);
        }

        private bool Try(out Exception? refusal)
        {
            refusal = null;
            try
            {
                read(_input);
                return true;
            }
            catch (TRefusal exception)
            {
                refusal = exception;
                return true;
            }
            catch (Exception exception)
            {
                Failure = $"Seed {Seed}, input {_done}: {exception} {Shown()}";
                return false;
            }
        }
    }
}
