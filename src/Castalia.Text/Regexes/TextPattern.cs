namespace Castalia.Text.Regexes;

/// <summary>
/// A regular expression over UTF-8, for the patterns of <c>Split</c> and <c>Replace</c> in tokenizer files: Oniguruma's syntax and matches, the
/// classes of Unicode 16.0. It backtracks as Oniguruma does, but what has failed once is not tried again, so that the time to go through a text is
/// at most proportional to the text's length and the pattern's. One pattern serves any number of threads.
/// </summary>
/// <remarks>
/// Where case does not count, a character is equal to all that fold to the same one, and literal text also to a character that folds to two or three
/// (ß to ss, ﬁ to fi), except in lookbehind; a class that is not negated matches the two or three characters as well. <c>\p{...}</c>, <c>\w</c> and
/// their like outside brackets keep their case.
/// </remarks>
internal sealed class TextPattern
{
    private readonly PatternProgram _program;

    private TextPattern(PatternProgram program) => _program = program;

    /// <exception cref="PatternException">It is no pattern, is too large, or asks for what is not supported.</exception>
    public static TextPattern Parse(string pattern) => new(PatternCompiler.Compile(PatternReader.Read(pattern)));

    /// <summary>Walks over the matches in a text.</summary>
    /// <param name="text">Valid UTF-8; the lookarounds see nothing beyond it.</param>
    public Matcher Over(ReadOnlySpan<byte> text) => new(_program, text, remembersAlways: false);

    /// <summary>As <see cref="Over"/>, in the way that hostile texts are matched from the first step on: the matches are the same, as tests see.</summary>
    internal Matcher OverRemembering(ReadOnlySpan<byte> text) => new(_program, text, remembersAlways: true);
}
