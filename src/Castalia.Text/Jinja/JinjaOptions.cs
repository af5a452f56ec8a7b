namespace Castalia.Text.Jinja;

/// <summary>How a template is read and run: the settings of Jinja2's <c>Environment</c> that decide what comes out.</summary>
public sealed record JinjaOptions
{
    /// <summary>The settings of the evaluation harness: strict about names, nothing trimmed.</summary>
    public static JinjaOptions Harness { get; } = new();

    /// <summary>The settings that chat templates are written for: blocks trimmed on both sides, unknown names render as nothing.</summary>
    public static JinjaOptions Chat { get; } =
        new() { TrimBlocks = true, LeftStripBlocks = true, KeepTrailingNewline = false, StrictUndefined = false };

    /// <summary>Drops the first newline after a block or a comment (<c>trim_blocks</c>).</summary>
    public bool TrimBlocks { get; init; }

    /// <summary>Drops blanks before a block or a comment that starts its line (<c>lstrip_blocks</c>).</summary>
    public bool LeftStripBlocks { get; init; }

    /// <summary>Keeps a newline at the very end of the template (<c>keep_trailing_newline</c>).</summary>
    public bool KeepTrailingNewline { get; init; } = true;

    /// <summary>Any use of an unknown name but <c>is defined</c> and <c>default</c> is an error (<c>StrictUndefined</c>).</summary>
    public bool StrictUndefined { get; init; } = true;

    /// <summary>The most characters (UTF-16) that one rendering may write.</summary>
    public int MaxOutputLength { get; init; } = 16 * 1024 * 1024;

    /// <summary>The most loop rounds and calls that one rendering may take.</summary>
    public int MaxRounds { get; init; } = 10_000_000;
}
