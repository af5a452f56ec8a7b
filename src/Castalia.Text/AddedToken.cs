namespace Castalia.Text;

/// <summary>A token that is looked for in the text itself, before pre-tokenization and the model.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Whether it counts only where no word character (\w) touches it.</param>
/// <param name="LeftStrip">Whether it swallows the white space before it (<c>lstrip</c>).</param>
/// <param name="RightStrip">Whether it swallows the white space after it (<c>rstrip</c>).</param>
/// <param name="Normalized">Whether it is looked for in the normalized text (and itself normalized) instead of in the raw text.</param>
/// <param name="Special">Whether it is a mark rather than text: <c>&lt;|endoftext|&gt;</c>.</param>
public sealed record AddedToken(
    int Id, string Content, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false, bool Special = false);
