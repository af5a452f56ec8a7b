using System.Diagnostics;
using System.Text.Json;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Tensors;

namespace Castalia.Training;

/// <summary>
/// Trains one model, from weights that are drawn or those of another, all of them or an adapter beside them, or goes on where a run was stopped. However often it is stopped, by Ctrl-C or by
/// <c>kill -9</c>, the weights and the metrics (but for their timing) end in the same bits, given the same number of threads.
/// </summary>
public sealed class Trainer
{
    private readonly TrainingJob _job;
    private readonly TrainingOptions _options;
    private readonly RunFolder _folder;
    private readonly CheckpointSchedule _checkpoints;
    private readonly LearningRateSchedule _rates;
    private readonly TrainingStep _step;
    private readonly TimeProvider _clock;
    private readonly SampleBatches _batches;
    private readonly SampleBatches? _validation;
    private readonly string? _base;

    private Trainer(TrainingJob job, TrainingStep step, string? baseHash, TimeProvider clock)
    {
        _job = job;
        _base = baseHash;
        _options = job.Options;
        _folder = new RunFolder(job.OutputFolder);
        _checkpoints = CheckpointSchedule.Of(_options);
        _rates = LearningRateSchedule.Of(_options);
        _step = step;
        _clock = clock;
        _batches = new SampleBatches(job.Samples, _options, job.Model.VocabularySize, _options.Steps);
        if (_options.ValidationBatches > 0 && job.Validation is not null)
            _validation = new SampleBatches(job.Validation, _options, job.Model.VocabularySize, _options.ValidationBatches);
    }

    /// <summary>Runs a job to its end.</summary>
    /// <param name="job">What to train, on what, how and where to. A folder that holds the beginning of this very run is gone on with.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the step under way; what is needed to go on is written first.</param>
    /// <returns>The result, which <c>training.json</c> holds as well.</returns>
    /// <exception cref="InputException">An option is out of range, the samples are too few, the folder belongs to another run or is in use,
    /// a checkpoint is damaged, or the loss is not finite any more.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped; the message says how to go on.</exception>
    public static TrainingResult Run(TrainingJob job, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Run(job, progress, TimeProvider.System, cancellationToken);

    internal static TrainingResult Run(TrainingJob job, IProgress<WorkProgress>? progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        job.Options.Validate(job.Name);
        if (job.TokenizerPath is string tokenizer && !File.Exists(tokenizer))
            throw new InputException(tokenizer, null, "expected the tokenizer that made the tokens, and there is no such file.", "Train the tokenizer first, or name its tokenizer.json.");
        Libtorch.Initialize();
        using FolderLock folder = FolderLock.Acquire(job.OutputFolder);
        AtomicFile.RemoveLeftovers(job.OutputFolder, recursive: true);
        using TrainingStep step = StartingPoint.NewStep(job, progress, cancellationToken);
        string? baseHash = StartingPoint.HashOf(job, cancellationToken);
        return new Trainer(job, step, baseHash, clock).Run(progress, cancellationToken);
    }

    private TrainingResult Run(IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        long done = Begin();
        if (done == _options.Steps && FormerResult() is TrainingResult former)
            return former;
        var meter = new StepMeter(_job, PeakThroughput.Of(_options));
        using (MetricsWriter metrics = MetricsWriter.Open(_folder.Metrics, done))
        {
            if (done < _options.Steps)
                Train(done, meter, metrics, progress, cancellationToken);
        }
        _folder.RemoveResume();
        TrainingResult result = Summary(meter);
        AtomicFile.WriteAllText(_folder.Result, result.ToJson());
        return result;
    }

    /// <summary>Loads the newest state, or draws what is to be drawn and keeps it as step 0 where the schedule has that. Returns the updates made.</summary>
    private long Begin()
    {
        string? newest = _folder.Newest(_checkpoints);
        if (newest is null)
        {
            // Where a schedule's first checkpoint is missing training begins anew, but not over another run.
            if (_folder.Steps() is [.., long last])
                RequireSameRun(_folder.Checkpoint(last), CheckpointRecord.Read(_folder.Checkpoint(last)));
            if (_step.Adapter is { } adapter)
                adapter.Draw(_options.Seed);
            else if (_job.StartFrom is null)
                _job.Initialization.Fill(_step.Weights, _options.Seed);
            _step.RefreshModel();
            if (_checkpoints.Contains(0))
                WriteCheckpoint(_folder.Checkpoint(0), ValidationLoss());
            return 0;
        }
        CheckpointRecord record = Checkpoint.Verify(newest);
        RequireSameRun(newest, record);
        Checkpoint.Restore(newest, record, _step);
        if (record.Step > 0)
            RequireSameData(record.Step);
        return record.Step;
    }

    private void Train(long done, StepMeter meter, MetricsWriter metrics, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var resume = new ResumePolicy(_options.ResumeSeconds, _clock);
        for (long step = done + 1; step <= _options.Steps; step++)
        {
            if (cancellationToken.IsCancellationRequested)
                Stop(step - 1, metrics, cancellationToken);

            long start = Stopwatch.GetTimestamp();
            TrainingBatch batch = _batches.Read(step - 1);
            string batchHash = _batches.Hash();
            double rate = _rates.RateAfter(step - 1);
            StepOutcome outcome = _step.Run(batch, rate);
            if (!outcome.Applied)
                throw NotFinite(step, outcome, batchHash, metrics);
            StepTiming timing = meter.Timing(Stopwatch.GetElapsedTime(start), outcome.Positions);

            bool scheduled = _checkpoints.Contains(step);
            double? validationLoss = scheduled ? ValidationLoss() : null;
            metrics.Append(new StepMetrics(
                step, step * _options.TokensPerStep, outcome.Loss, rate, outcome.GradientNorm, batchHash, validationLoss, timing)
            {
                LearnedTokens = _job.Samples.HasLabels ? batch.Learned(_options.SequenceLength + 1) : null,
            });
            progress?.Report(new WorkProgress(
                $"train {_job.Name}", step, _options.Steps, "steps", FormattableString.Invariant($"loss {outcome.Loss:F3}, {timing.TokensPerSecond:F0} tokens/s")));

            if (scheduled || resume.Due)
                resume.Save(() => Keep(step, metrics, validationLoss));
        }
    }

    private void Stop(long step, MetricsWriter metrics, CancellationToken cancellationToken)
    {
        if (!_checkpoints.Contains(step))
            Keep(step, metrics);
        throw new OperationCanceledException(
            FormattableString.Invariant($"Training of {_job.Name} was stopped after step {step} of {_options.Steps}. Run the same command again: it goes on from there."),
            cancellationToken);
    }

    private InputException NotFinite(long step, StepOutcome outcome, string batchHash, MetricsWriter metrics)
    {
        if (!_checkpoints.Contains(step - 1))
            Keep(step - 1, metrics);
        long first = (step - 1) * _options.BatchSize;
        string what = double.IsFinite(outcome.Loss) ? "gradient's norm" : "loss";
        double value = double.IsFinite(outcome.Loss) ? outcome.GradientNorm : outcome.Loss;
        return new InputException(_folder.Path, FormattableString.Invariant($"step {step}"),
            FormattableString.Invariant($"the {what} became {value} on batch {batchHash}, samples {first} to {first + _options.BatchSize - 1} of the order."),
            FormattableString.Invariant($"Nothing was changed by it: the state after step {step - 1} is kept, and running again comes to the same step at once. ")
            + "Look at the gradient norms before it in metrics.jsonl and at the batch's text; a lower learning_rate, a longer warmup or precision fp32 are the usual cures, "
            + "and need a new folder.");
    }

    // The lines of metrics.jsonl have to be on the disk before the state that follows them.
    private void Keep(long step, MetricsWriter metrics, double? validationLoss = null)
    {
        metrics.Sync();
        WriteCheckpoint(_checkpoints.Contains(step) ? _folder.Checkpoint(step) : _folder.Resume, validationLoss);
    }

    private void WriteCheckpoint(string folder, double? validationLoss) =>
        Checkpoint.Write(folder, _step, _job, _base, validationLoss);

    private double? ValidationLoss()
    {
        if (_validation is null)
            return null;
        // Every label counts alike; where every token is one, every batch does.
        double sum = 0, labels = 0;
        for (int batch = 0; batch < _options.ValidationBatches; batch++)
        {
            TrainingBatch read = _validation.Read(batch);
            double weight = read.Labels.IsEmpty ? 1 : read.Learned(_options.SequenceLength + 1);
            sum += weight * _step.Loss(read);
            labels += weight;
        }
        return sum / labels;
    }

    private void RequireSameRun(string folder, CheckpointRecord record)
    {
        const string Remedy = "Train into another folder, or delete this run's folder to train it anew.";
        string expected = _options.ToJson();
        if (record.Options.ToJson() != expected)
            throw new InputException(folder, CheckpointRecord.FileName, $"the run in this folder was begun with other options: {TrainingOptions.Differences(record.Options, _options)}.", Remedy);
        if (record.Base != _base)
            throw new InputException(folder, CheckpointRecord.FileName, $"the run in this folder was begun from another model: its files hash to {record.Base ?? "none"}, those given now to {_base ?? "none"}.", Remedy);
        if (LoraText(record.Lora) != LoraText(_job.Lora))
            throw new InputException(folder, CheckpointRecord.FileName, $"the run in this folder was begun with another adapter: {LoraText(record.Lora)}, and now {LoraText(_job.Lora)}.", Remedy);
        if (record.Random.Initialization != _job.Initialization)
            throw new InputException(folder, CheckpointRecord.FileName, $"the run in this folder was begun with weights drawn otherwise: expected {_job.Initialization}, found {record.Random.Initialization}.", Remedy);
    }

    // Where the base lies is no part of what is trained.
    private static string LoraText(LoraConfig? lora) => lora is null ? "none" : JsonSerializer.Serialize(lora with { BaseModel = null });

    // The order of samples is a function of its seed and the corpus; that both are still the same shows in the last batch trained on.
    private void RequireSameData(long step)
    {
        StepMetrics last = MetricsFile.Read(_folder.Metrics).FirstOrDefault(metrics => metrics.Step == step)
            ?? throw new InputException(_folder.Metrics, null, $"expected a line for step {step}, where the newest checkpoint stands, and there is none.",
                "Restore the file, or delete the model's folder and train it again.");
        _batches.Read(step - 1);
        string found = _batches.Hash();
        if (found != last.BatchHash)
        {
            throw new InputException(_folder.Path, $"step {step}",
                $"the run was trained on other data: its batch was {last.BatchHash}, and the samples given now make {found}.",
                "Give it the tokens and the sample order it was begun with, or delete this folder to train anew.");
        }
    }

    // The result of a run that had ended before, if its files are still those of that result.
    private TrainingResult? FormerResult()
    {
        if (!File.Exists(_folder.Result))
            return null;
        TrainingResult former = TrainingResult.Read(_folder.Result);
        bool same = former.Options.ToJson() == _options.ToJson()
            && former.WeightsHash == CheckpointRecord.Read(_folder.Checkpoint(_options.Steps)).Weights
            && former.MetricsHash == MetricsFile.Hash(_folder.Metrics);
        return same ? former : null;
    }

    private TrainingResult Summary(StepMeter meter)
    {
        double seconds = 0, tokens = 0, operations = 0;
        long steps = 0, memory = 0;
        StepMetrics? last = null;
        foreach (StepMetrics metrics in MetricsFile.Read(_folder.Metrics))
        {
            last = metrics;
            steps++;
            seconds += metrics.Timing.Seconds;
            tokens += metrics.Timing.TokensPerSecond * metrics.Timing.Seconds;
            operations += metrics.Timing.Teraflops * metrics.Timing.Seconds;
            memory = Math.Max(memory, metrics.Timing.MemoryBytes);
        }
        if (last is null || last.Step != _options.Steps || steps != _options.Steps)
            throw new InputException(_folder.Metrics, null, $"expected {_options.Steps} steps, found {steps}.", "Delete the model's folder and train it again.");
        CheckpointRecord record = CheckpointRecord.Read(_folder.Checkpoint(_options.Steps));
        (long parameters, long nonEmbedding) = ParameterNames.Count(_job.Model);
        return new TrainingResult(
            _job.Name, parameters, nonEmbedding, last.Step, last.Tokens, last.Loss, record.ValidationLoss,
            record.Weights, MetricsFile.Hash(_folder.Metrics), _options, _checkpoints.Steps,
            meter.Total(seconds, tokens, operations, memory))
        {
            TrainedParameters = _step.Adapter?.Flat.Count,
        };
    }
}
