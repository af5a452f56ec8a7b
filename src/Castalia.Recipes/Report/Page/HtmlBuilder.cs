using System.Text;

namespace Castalia.Recipes.Report.Page;

/// <summary>
/// Writes HTML and inline SVG so that text and attribute values can only ever be text: everything is escaped on the way in, and every
/// element that is opened is closed. Only <see cref="Trusted"/> passes markup through, for the page's own style and script.
/// </summary>
internal sealed class HtmlBuilder
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element. An attribute whose value is null is left out.</summary>
    public HtmlBuilder Open(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(tag, attributes);
        _text.Append('>');
        _open.Push(tag);
        return this;
    }

    /// <summary>Closes the innermost open element, which has to be <paramref name="tag"/>.</summary>
    public HtmlBuilder Close(string tag)
    {
        if (_open.Count == 0 || _open.Peek() != tag)
            throw new InvalidOperationException($"Closing <{tag}> where {(_open.Count == 0 ? "nothing" : $"<{_open.Peek()}>")} is open.");
        _open.Pop();
        _text.Append("</").Append(tag).Append('>');
        return this;
    }

    /// <summary>An element with nothing but text in it.</summary>
    public HtmlBuilder Element(string tag, string text, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        Open(tag, attributes).Text(text).Close(tag);

    /// <summary>An element that holds nothing: <c>input</c>, <c>rect</c>, <c>path</c>.</summary>
    public HtmlBuilder Leaf(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(tag, attributes);
        _text.Append("/>");
        return this;
    }

    /// <summary>Text, escaped.</summary>
    public HtmlBuilder Text(string text)
    {
        Escape(text);
        return this;
    }

    /// <summary>A line end between elements, for people who read the source.</summary>
    public HtmlBuilder Line()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>Markup of our own that holds nothing from any file.</summary>
    public HtmlBuilder Trusted(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>The markup. Everything has to be closed.</summary>
    public override string ToString() =>
        _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> is still open.");

    private void Tag(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        _text.Append('<').Append(tag);
        foreach ((string name, string? value) in attributes)
        {
            if (value is null)
                continue;
            _text.Append(' ').Append(name).Append("=\"");
            Escape(value);
            _text.Append('"');
        }
    }

    // Control characters and halves of surrogate pairs are no characters in HTML, and marks that turn the direction of writing could make a
    // command look like another: each is shown as U+FFFD.
    private void Escape(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    _text.Append("&amp;");
                    break;
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case '\'':
                    _text.Append("&#39;");
                    break;
                case '\n' or '\t':
                    _text.Append((char)rune.Value);
                    break;
                case < ' ' or (>= 0x7F and < 0xA0) or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069):
                    _text.Append('\uFFFD');
                    break;
                default:
                    _text.Append(rune.ToString());
                    break;
            }
        }
    }
}
