using System.Formats.Tar;
using Castalia.Formats;

namespace Castalia.Text.Tests.Importing;

/// <summary>The SentencePiece models among the fixtures.</summary>
internal static class SentencePieceModels
{
    /// <summary>The contents of each model's file by the model's name.</summary>
    public static IReadOnlyDictionary<string, byte[]> Files { get; } = Unpack();

    /// <summary>The compiled rules of a model's normalization; empty where it has none.</summary>
    public static byte[] CharsMapOf(string name)
    {
        ProtobufReader file = new(Files[name], name);
        while (file.Next())
        {
            ProtobufReader normalization = file.Field == 3 ? file.Message() : default;
            while (normalization.Next())
            {
                if (normalization.Field == 2)
                    return normalization.Bytes().ToArray();
            }
        }
        return [];
    }

    private static Dictionary<string, byte[]> Unpack()
    {
        using TarReader archive = new(new MemoryStream(TokenizerFixtures.Bytes("sentencepiece.models.tar.zst")));
        Dictionary<string, byte[]> files = [];
        while (archive.GetNextEntry(copyData: true) is TarEntry entry)
        {
            using MemoryStream contents = new();
            entry.DataStream!.CopyTo(contents);
            files[Path.GetFileNameWithoutExtension(entry.Name)] = contents.ToArray();
        }
        return files;
    }
}
