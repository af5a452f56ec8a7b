using System.Runtime.InteropServices;
using Castalia.Data;
using Castalia.Formats;

namespace Castalia.Training;

/// <summary>Batches in GPT-NeoX's order: batch b holds samples [B·b, B·(b+1)), one row each.</summary>
internal sealed class SampleBatches
{
    private readonly PackedDataset _samples;
    private readonly int _rowLength;
    private readonly int _vocabularySize;
    private readonly int[] _tokens;

    /// <summary>Checks that there are enough samples.</summary>
    /// <exception cref="InputException">There are too few.</exception>
    public SampleBatches(PackedDataset samples, TrainingOptions options, int vocabularySize, long batches)
    {
        _samples = samples;
        _rowLength = options.SequenceLength + 1;
        _vocabularySize = vocabularySize;
        _tokens = new int[checked(_rowLength * options.BatchSize)];
        if (samples.SequenceLength != options.SequenceLength)
        {
            throw new InputException(samples.Tokens.Prefix, null, $"expected samples of {options.SequenceLength} tokens, found an order of {samples.SequenceLength}.",
                "Build the sample order for the sequence length of the training options.");
        }
        if (samples.Order.Samples < batches * options.BatchSize)
        {
            throw new InputException(samples.Tokens.Prefix, null,
                $"expected {batches * options.BatchSize} samples for {batches} batches of {options.BatchSize}, found an order of {samples.Order.Samples}.",
                "Build the sample order for as many samples, or lower steps or batch_size.");
        }
    }

    /// <summary>Reads one batch. The span is valid until the next read. <c>[batch, sequence + 1]</c></summary>
    /// <exception cref="InputException">A token is not in the model's vocabulary.</exception>
    public ReadOnlySpan<int> Read(long batch)
    {
        int rows = _tokens.Length / _rowLength;
        for (int row = 0; row < rows; row++)
            _samples.GetSample(batch * rows + row, _tokens.AsSpan(row * _rowLength, _rowLength));
        foreach (int token in _tokens)
        {
            if ((uint)token >= (uint)_vocabularySize)
            {
                throw new InputException(_samples.Tokens.Prefix, $"batch {batch}", $"expected token ids below the model's vocabulary size {_vocabularySize}, found {token}.",
                    "Train on tokens of the tokenizer that the model is made for.");
            }
        }
        return _tokens;
    }

    /// <summary>SHA-256 of the batch read last, as little-endian int32.</summary>
    public string Hash()
    {
        if (BitConverter.IsLittleEndian)
            return ContentHash.OfBytes(MemoryMarshal.AsBytes<int>(_tokens));
        throw new PlatformNotSupportedException("Castalia's files are little-endian, and so must the machine be.");
    }
}
