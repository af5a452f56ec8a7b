using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>What an answer is found by: SHA-256 of the model's identity, the kind of request and everything that it asks.</summary>
internal readonly record struct AnswerKey(UInt128 High, UInt128 Low)
{
    public const int HexLength = 64;

    public static AnswerKey Of(string model, LoglikelihoodRequest request) => Hash(model, "loglikelihood", request.Context, request.Continuation);

    public static AnswerKey Of(string model, RollingRequest request) => Hash(model, "loglikelihood_rolling", request.Text);

    public static AnswerKey Of(string model, GenerationRequest request) => Hash(
        model, "generate_until", request.Context, PythonJson.Dumps(request.Arguments, sortKeys: true), IsDrawn(request) ? PythonText.Str((long)request.Repeat) : "");

    /// <summary>Whether the text is drawn by chance, so that the same request may be answered in many ways.</summary>
    private static bool IsDrawn(GenerationRequest request) =>
        request.Arguments.GetValueOrDefault("do_sample") is true
        || request.Arguments.GetValueOrDefault("temperature") is > 0L or > 0.0;

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out AnswerKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        bool read = hex.Length == HexLength && Convert.FromHexString(hex, hash, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == hash.Length;
        key = read ? From(hash) : default;
        return read;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{High:x32}{Low:x32}";

    // Each field stands behind its length, so no two lists of fields have the same bytes; UTF-16, so that every text differs from every other.
    private static AnswerKey Hash(params ReadOnlySpan<string> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (string field in fields)
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer, field.Length);
            hash.AppendData(buffer[..sizeof(int)]);
            hash.AppendData(MemoryMarshal.AsBytes(field.AsSpan()));
        }
        hash.GetHashAndReset(buffer);
        return From(buffer);
    }

    private static AnswerKey From(ReadOnlySpan<byte> hash) => new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
}
