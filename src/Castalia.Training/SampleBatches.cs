using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Castalia.Data;

namespace Castalia.Training;

/// <summary>Batches in GPT-NeoX's order: batch b holds samples [B·b, B·(b+1)), one row each.</summary>
internal sealed class SampleBatches
{
    private readonly ISampleSource _samples;
    private readonly int _rowLength;
    private readonly int _vocabularySize;
    private readonly int[] _tokens;
    private readonly int[] _labels;

    /// <summary>Checks that there are enough samples.</summary>
    /// <exception cref="InputException">There are too few.</exception>
    public SampleBatches(ISampleSource samples, TrainingOptions options, int vocabularySize, long batches)
    {
        _samples = samples;
        _rowLength = options.SequenceLength + 1;
        _vocabularySize = vocabularySize;
        _tokens = new int[checked(_rowLength * options.BatchSize)];
        _labels = samples.HasLabels ? new int[_tokens.Length] : [];
        if (samples.SequenceLength != options.SequenceLength)
        {
            throw new InputException(samples.Name, null, $"expected samples of {options.SequenceLength} tokens, found an order of {samples.SequenceLength}.",
                "Build the sample order for the sequence length of the training options.");
        }
        if (samples.Samples < batches * options.BatchSize)
        {
            throw new InputException(samples.Name, null,
                $"expected {batches * options.BatchSize} samples for {batches} batches of {options.BatchSize}, found an order of {samples.Samples}.",
                "Build the sample order for as many samples, or lower steps or batch_size.");
        }
    }

    /// <summary>Reads one batch. It is valid until the next read.</summary>
    /// <exception cref="InputException">A token is not in the model's vocabulary, or nothing of the batch is to be learned.</exception>
    public TrainingBatch Read(long batch)
    {
        int rows = _tokens.Length / _rowLength;
        for (int row = 0; row < rows; row++)
        {
            int start = row * _rowLength;
            _samples.Read(batch * rows + row, _tokens.AsSpan(start, _rowLength), _labels.Length == 0 ? default : _labels.AsSpan(start, _rowLength));
        }
        foreach (int token in _tokens)
        {
            if ((uint)token >= (uint)_vocabularySize)
            {
                throw new InputException(_samples.Name, $"batch {batch}", $"expected token ids below the model's vocabulary size {_vocabularySize}, found {token}.",
                    "Train on tokens of the tokenizer that the model is made for.");
            }
        }
        var read = new TrainingBatch(_tokens, _labels);
        return read.Learned(_rowLength) > 0 ? read
            : throw new InputException(_samples.Name, $"batch {batch}", "none of its tokens has a label.", "Leave out examples without labels, or raise the batch size.");
    }

    /// <summary>SHA-256 of the batch read last, as little-endian int32: all tokens and, where there are labels, all labels behind them.</summary>
    public string Hash()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Castalia's files are little-endian, and so must the machine be.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>(_tokens));
        hash.AppendData(MemoryMarshal.AsBytes<int>(_labels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
