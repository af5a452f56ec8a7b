namespace Castalia.Bench.Tokenizers;

/// <summary>What one library came to with one vocabulary on one corpus.</summary>
/// <param name="Vocabulary">The vocabulary.</param>
/// <param name="Corpus">The texts.</param>
/// <param name="Side">The library.</param>
/// <param name="MegabytesPerSecond">One thread, everything warm, median over the rounds; megabytes of UTF-8.</param>
/// <param name="OursFaster">Median over the rounds of this side's time by ours in the same round; null for ours itself.</param>
/// <param name="OursFasterByCpu">The same of processor time, which other people's load does not lengthen.</param>
/// <param name="FirstPass">MB/s of a new tokenizer's first pass, its caches empty, its code compiled.</param>
/// <param name="AllThreads">MB/s on all cores, median.</param>
/// <param name="Scaling">One thread's time by all threads', median over the rounds.</param>
/// <param name="AllocatedPerKilobyte">Bytes allocated for 1,000 bytes of text. An allocation takes at least 24.</param>
/// <param name="Tokens">How many ids.</param>
/// <param name="DocumentsThatDiffer">In how many documents the ids are not ours.</param>
/// <param name="Seconds">Every round's wall time on one thread.</param>
/// <param name="CpuSeconds">Every round's processor time on one thread.</param>
internal sealed record TokenizerRow(string Vocabulary, string Corpus, string Side, double MegabytesPerSecond, double? OursFaster, double? OursFasterByCpu,
    double FirstPass, double AllThreads, double Scaling, double AllocatedPerKilobyte, long Tokens, int DocumentsThatDiffer,
    IReadOnlyList<double> Seconds, IReadOnlyList<double> CpuSeconds);
