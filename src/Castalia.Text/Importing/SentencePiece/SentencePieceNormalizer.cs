using System.Text.Json;
using Castalia.Text.Models;
using Castalia.Text.Normalization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Importing;

/// <summary>
/// SentencePiece's own normalization, in one pass: characters are rewritten by the longest rule, user-defined symbols are left as they are, extra
/// spaces go, one is put in front or at the end, spaces are written as U+2581. HF's parts come near, but not to the same text always: its
/// Precompiled looks at grapheme clusters, and its Strip and Replace do not see which characters became spaces.
/// </summary>
internal sealed class SentencePieceNormalizer(SentencePieceModel model, SavedForm saved) : Normalizer
{
    private readonly ByteTrie? _symbols = UserDefinedSymbols.Of(model);
    private readonly byte[] _space = model.EscapeWhitespaces ? "\u2581"u8.ToArray() : [(byte)' '];

    /// <summary>What the model says.</summary>
    public SentencePieceModel Model => model;

    public override void Normalize(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        text.BeginRewrite();
        if (model.RemoveExtraWhitespaces)
        {
            while (text.Position < bytes.Length && Match(bytes, text.Position, out int length) is [(byte)' '])
                text.Skip(length);
        }
        if (text.Position < bytes.Length)
            Rewrite(text, bytes);
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json) => saved.Parts.Normalizer!.Write(json);

    private void Rewrite(NormalizedText text, ReadOnlySpan<byte> bytes)
    {
        TrailingSpaces spaces = new(text, _space, model.RemoveExtraWhitespaces);
        if (model.AddDummyPrefix && !model.WhitespaceAsSuffix)
            spaces.Add(text.OriginBetween());
        bool afterSpace = model.RemoveExtraWhitespaces;
        while (text.Position < bytes.Length)
        {
            ReadOnlySpan<byte> written = Match(bytes, text.Position, out int length);
            OriginalRange origin = text.OriginOfNext(length);
            text.Skip(length);
            while (afterSpace && written is [(byte)' ', ..])
                written = written[1..];
            if (written.IsEmpty)
                continue;
            afterSpace = model.RemoveExtraWhitespaces && written[^1] == ' ';
            Put(written, origin, text, ref spaces);
        }
        if (model.AddDummyPrefix && model.WhitespaceAsSuffix)
            text.Write(_space, text.OriginBetween());
    }

    private void Put(ReadOnlySpan<byte> written, OriginalRange origin, NormalizedText text, ref TrailingSpaces spaces)
    {
        while (!written.IsEmpty)
        {
            // U+2581 in the text itself counts as the space that it stands for.
            int space = written[0] == ' ' ? 1 : written.StartsWith(_space) ? _space.Length : 0;
            if (space > 0)
            {
                spaces.Add(origin);
                written = written[space..];
                continue;
            }
            spaces.Flush();
            CodePoint.At(written, 0, out int length);
            text.Write(written[..length], origin);
            written = written[length..];
        }
    }

    /// <summary>What is written for what begins at a place.</summary>
    private ReadOnlySpan<byte> Match(ReadOnlySpan<byte> text, int start, out int length)
    {
        if (_symbols is not null)
        {
            length = UserDefinedSymbols.Match(_symbols, text, start);
            if (length > 0)
                return text.Slice(start, length);
        }
        if (model.CharsMap is not null)
        {
            ReadOnlySpan<byte> replacement = model.CharsMap.Match(text, start, out length);
            if (length > 0)
                return replacement;
        }
        CodePoint.At(text, start, out length);
        return text.Slice(start, length);
    }

    /// <summary>Spaces that are written once something follows them; those at the end never are. Or, where all spaces stay, at once.</summary>
    private ref struct TrailingSpaces(NormalizedText text, ReadOnlySpan<byte> space, bool heldBack)
    {
        private readonly ReadOnlySpan<byte> _space = space;
        private List<OriginalRange>? _origins;

        public void Add(OriginalRange origin)
        {
            if (heldBack)
                (_origins ??= []).Add(origin);
            else
                text.Write(_space, origin);
        }

        public readonly void Flush()
        {
            if (_origins is not { Count: > 0 })
                return;
            foreach (OriginalRange origin in _origins)
                text.Write(_space, origin);
            _origins.Clear();
        }
    }
}
