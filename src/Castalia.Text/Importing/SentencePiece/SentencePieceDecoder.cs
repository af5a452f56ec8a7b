using System.Text;
using System.Text.Json;
using Castalia.Text.Decoding;

namespace Castalia.Text.Importing;

/// <summary>
/// Turns pieces into text as SentencePiece does: U+2581 is a space, the first of them goes where it was put in, control symbols are nothing, byte
/// pieces together are UTF-8 (each byte that is none as U+FFFD), the unknown piece is the text that the model has for it.
/// </summary>
internal sealed class SentencePieceDecoder : Decoding.Decoder
{
    private readonly SentencePieceModel _model;
    private readonly Dictionary<string, SentencePiece> _marks;

    public SentencePieceDecoder(SentencePieceModel model)
    {
        _model = model;
        _marks = model.Pieces.Where(piece => !piece.IsText).ToDictionary(piece => piece.Text);
    }

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(_model, _marks, next);

    public override void Write(Utf8JsonWriter json) => throw SentencePieceTokenizer.NotSaved("its decoding");

    private sealed class Stage(SentencePieceModel model, Dictionary<string, SentencePiece> marks, DecoderStage next) : DecoderStage
    {
        private readonly List<byte> _bytes = [];
        private bool _begun, _spaceDropped;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            bool isMark = marks.TryGetValue(text, out SentencePiece mark);
            if (isMark && mark.Kind == SentencePieceKind.Byte)
            {
                _bytes.Add((byte)mark.Byte);
                FlushBytes(atEnd: false);
                return;
            }
            FlushBytes(atEnd: true);
            if (isMark)
                HandOn(mark.Kind == SentencePieceKind.Unknown ? model.UnknownSurface : "");
            else
                HandOn(WithoutFirstSpace(text).Replace('\u2581', ' '));
        }

        public override void Finish()
        {
            FlushBytes(atEnd: true);
            (_begun, _spaceDropped) = (false, false);
            next.Finish();
        }

        /// <summary>Where extra spaces are removed, all of them in front go; else the one that was put in.</summary>
        private string WithoutFirstSpace(string text)
        {
            if (_begun || _spaceDropped || !(model.AddDummyPrefix || model.RemoveExtraWhitespaces) || text is not ['\u2581', ..])
                return text;
            _spaceDropped = !model.RemoveExtraWhitespaces;
            return text[1..];
        }

        /// <summary>Hands on the characters that bytes make up; what may become one stays, unless nothing more can come.</summary>
        private void FlushBytes(bool atEnd)
        {
            Span<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);
            int done = 0;
            while (done < bytes.Length)
            {
                System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(bytes[done..], out Rune rune, out int used);
                if (status == System.Buffers.OperationStatus.NeedMoreData && !atEnd)
                    break;
                HandOn(rune.ToString());
                done += status == System.Buffers.OperationStatus.Done ? used : 1;
            }
            _bytes.RemoveRange(0, done);
        }

        private void HandOn(string text)
        {
            if (text.Length == 0)
                return;
            _begun = true;
            next.Push(text, startsToken: true, endsToken: true);
        }
    }
}
