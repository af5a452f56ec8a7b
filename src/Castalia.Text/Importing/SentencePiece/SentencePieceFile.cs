using Castalia.Formats;

namespace Castalia.Text.Importing;

/// <summary>Reads a SentencePiece <c>.model</c>: a protocol buffer with the pieces, how text is normalized, and how the model was trained.</summary>
internal static class SentencePieceFile
{
    private const int LargestFile = 1 << 27;

    /// <summary>Whether bytes begin as such a file does: with a piece, whose first field is its text.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes is [0x0A, < 0x80, 0x0A, ..] or [0x0A, >= 0x80, _, 0x0A, ..];

    /// <summary>Reads a file.</summary>
    public static Tokenizer Load(string path) => SentencePieceTokenizer.Build(Read(path, InputFile.ReadAllBytes(path, LargestFile)));

    /// <summary>Reads a file's contents.</summary>
    public static SentencePieceModel Read(string path, ReadOnlySpan<byte> contents)
    {
        List<SentencePiece> pieces = [];
        SentencePieceModel model = new() { File = path, Algorithm = SentencePieceAlgorithm.Unigram, Pieces = pieces };
        ProtobufReader file = new(contents, path);
        (bool trained, bool normalized) = (false, false);
        while (file.Next())
        {
            long place = file.Place;
            trained |= file.Field == 2;
            normalized |= file.Field == 3;
            model = file.Field switch
            {
                1 => AddPiece(model, pieces, file.Message()),
                2 => ReadTraining(model, file.Message()),
                3 => ReadNormalization(model, file.Message()),
                5 => ReadDenormalization(model, file.Message(), place),
                _ => model,
            };
        }
        // Both stand after the pieces: without them the file is cut short between two fields, where the format itself does not show it.
        return trained && normalized
            ? model
            : throw new InputException(path, $"byte {contents.Length}", $"the model has no {(trained ? "normalizer_spec" : "trainer_spec")}: it is cut short or is no model.",
                "Get it anew from the model's page.");
    }

    private static SentencePieceModel AddPiece(SentencePieceModel model, List<SentencePiece> pieces, ProtobufReader message)
    {
        (string text, float score, SentencePieceKind kind) = ("", 0, SentencePieceKind.Normal);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    text = message.Text();
                    break;
                case 2:
                    score = message.Float();
                    break;
                case 3:
                    kind = (SentencePieceKind)message.Varint();
                    break;
            }
        }
        pieces.Add(new SentencePiece(text, score, kind));
        return model;
    }

    private static SentencePieceModel ReadTraining(SentencePieceModel model, ProtobufReader message)
    {
        while (message.Next())
        {
            model = message.Field switch
            {
                3 => model with { Algorithm = (SentencePieceAlgorithm)message.Varint() },
                24 => model with { WhitespaceAsSuffix = message.Bool() },
                35 => model with { ByteFallback = message.Bool() },
                44 => model with { UnknownSurface = message.Text() },
                _ => model,
            };
        }
        return model;
    }

    private static SentencePieceModel ReadNormalization(SentencePieceModel model, ProtobufReader message)
    {
        while (message.Next())
        {
            long place = message.Place;
            model = message.Field switch
            {
                2 => model with { CharsMap = ReadCharsMap(model.File, place, message.Bytes()) },
                3 => model with { AddDummyPrefix = message.Bool() },
                4 => model with { RemoveExtraWhitespaces = message.Bool() },
                5 => model with { EscapeWhitespaces = message.Bool() },
                _ => model,
            };
        }
        return model;
    }

    private static CharsMap? ReadCharsMap(string file, long place, ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? null : CharsMap.Read(bytes, file, $"byte {place}");

    private static SentencePieceModel ReadDenormalization(SentencePieceModel model, ProtobufReader message, long place)
    {
        while (message.Next())
        {
            if (message.Field == 2 && !message.Bytes().IsEmpty)
            {
                throw new InputException(model.File, $"byte {place}", "the model rewrites text after decoding (denormalizer_spec), which is not supported.",
                    "Train it without --denormalization_rule_tsv.");
            }
        }
        return model;
    }
}
