using System.Text;
using System.Text.Json;
using Castalia.Text.Normalization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// HF's Metaspace: writes each space as another character, mostly ▁ (U+2581), puts one in front of pieces that do not begin with it, and cuts before
/// each.
/// </summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer
{
    private readonly MetaspaceOptions _options;
    private readonly byte[] _replacement;
    private readonly Action<NormalizedText, Piece> _replaceSpaces;
    private readonly Cutter _cutter;

    private MetaspacePreTokenizer(MetaspaceOptions options)
    {
        (_options, _replacement) = (options, Encoding.UTF8.GetBytes(options.Replacement.ToString()));
        (_replaceSpaces, _cutter) = (ReplaceSpaces, new Cutter(_replacement));
    }

    public override bool CutsBeforeSpaceAfterLetter => _options.Split;

    public override bool IsLocal => _options.Scheme != PrependScheme.First;

    public override bool NeedsOrigins => _options.Scheme == PrependScheme.First;

    /// <summary>Reads the part.</summary>
    public static MetaspacePreTokenizer Read(JsonPart part) => new(MetaspaceOptions.Read(part));

    public override void PreTokenize(PreTokenizedText text)
    {
        text.Rewrite(_replaceSpaces);
        if (_options.Split)
            text.Cut(_cutter);
    }

    public override void Write(Utf8JsonWriter json) => _options.Write(json);

    private void ReplaceSpaces(NormalizedText text, Piece piece)
    {
        ReadOnlySpan<byte> bytes = text.Bytes[piece.Start..piece.End];
        bool prepends = _options.Scheme == PrependScheme.Always
            || (_options.Scheme == PrependScheme.First && text.OriginOf(piece.Start, piece.End).Start == 0);
        if (prepends && bytes[0] != ' ' && !bytes.StartsWith(_replacement))
            text.PrependToNext(_replacement);
        while (bytes[(text.Position - piece.Start)..].IndexOf((byte)' ') is int found && found >= 0)
        {
            text.Keep(found);
            text.Substitute(1, _replacement);
        }
    }

    /// <summary>Cuts before each replacement: a split by it, merged with what follows.</summary>
    private sealed class Cutter(byte[] replacement) : PieceCutter
    {
        public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
        {
            int start = 0;
            for (int next = 0; next < piece.Length;)
            {
                int found = piece[next..].IndexOf(replacement);
                if (found < 0)
                    break;
                pieces.Add(start, next + found);
                start = next + found;
                next = start + replacement.Length;
            }
            pieces.Add(start, piece.Length);
        }

        public override void Write(Utf8JsonWriter json) => throw new InvalidOperationException("This is part of Metaspace, which writes itself.");
    }
}
