namespace Castalia.Text.Training;

/// <summary>
/// The different words of a corpus (HF: what the pre-tokenizer made) and how often each occurs, in memory or in files. The trainers know
/// nothing of text beyond this. A word is bytes: those of the text, or UTF-8 (<see cref="WordUnits"/>).
/// </summary>
internal abstract class CountedWords : IDisposable
{
    /// <summary>Calls <paramref name="visit"/> once for every different word, in any order.</summary>
    public abstract void ForEach(WordVisitor visit);

    /// <summary>Calls <paramref name="visit"/> once for every different word, in order of their bytes: the same however they were counted.</summary>
    public abstract void ForEachInOrder(WordVisitor visit);

    /// <summary>Frees the memory or deletes the files.</summary>
    public abstract void Dispose();
}

/// <summary>Is shown a word (good during the call) and how often it occurs.</summary>
internal delegate void WordVisitor(ReadOnlySpan<byte> word, long times);

/// <summary>What the smallest parts of words are, of which tokens are made.</summary>
internal enum WordUnits
{
    /// <summary>Bytes, each written as its character of the byte-level alphabet (<see cref="ByteAlphabet"/>).</summary>
    Bytes,

    /// <summary>Characters (code points); the words are UTF-8.</summary>
    Characters,
}
