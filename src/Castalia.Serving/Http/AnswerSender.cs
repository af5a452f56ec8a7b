using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Castalia.Models;
using Castalia.Serving.Api;
using Castalia.Serving.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Castalia.Serving.Http;

/// <summary>Sends a job's answers: all at the end, or each as it comes.</summary>
/// <param name="context">The request and where its answer goes.</param>
/// <param name="request">What was asked for.</param>
/// <param name="parts">The job and what its answers mean.</param>
/// <param name="format">The endpoint's form.</param>
internal sealed class AnswerSender(HttpContext context, GenerationRequest request, ChoiceParts parts, AnswerFormat format)
{
    private readonly string _id = format.IdPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Sends the whole answer when all of it is there.</summary>
    public async Task SendWholeAsync()
    {
        var all = new WholeChoice[request.Sequences];
        for (int i = 0; i < all.Length; i++)
            all[i] = new WholeChoice(i);
        foreach (Choice part in parts.Opening())
            all[part.Index].Add(part);
        await foreach (Answer answer in parts.Job.Answers.ReadAllAsync(CancellationToken.None))
        {
            foreach (Choice part in parts.Take(answer))
                all[part.Index].Add(part);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ErrorBody.Json);
        format.WriteHead(json, _id, _created, isChunk: false);
        int index = 0;
        foreach (WholeChoice choice in Best(all))
        {
            format.WriteChoice(json, choice.ToChoice(index++));
            if (json.BytesPending + context.Response.BodyWriter.UnflushedBytes > 1 << 16)
            {
                json.Flush();
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
        AnswerFormat.WriteTail(json, parts.Usage);
        json.Flush();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>
    /// Sends parts as server-sent events as they come, then <c>[DONE]</c>. What goes wrong before the first part is an ordinary error; after it, an
    /// event with the error is the last one.
    /// </summary>
    public async Task SendStreamAsync()
    {
        ChannelReader<Answer> answers = parts.Job.Answers;
        await answers.WaitToReadAsync(CancellationToken.None);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            for (int index = 0; format.HasOpening && index < request.Sequences; index++)
                WriteEvent(json => format.WriteOpening(json, index));
            foreach (Choice part in parts.Opening())
                WriteEvent(json => format.WritePart(json, part));
            do
            {
                while (answers.TryRead(out Answer? answer))
                {
                    foreach (Choice part in parts.Take(answer))
                    {
                        if (part.Text.Length > 0 || part.Tokens is not null || part.Finish is not null)
                            WriteEvent(json => format.WritePart(json, part));
                    }
                    if (context.Response.BodyWriter.UnflushedBytes > 1 << 14)
                        await FlushAsync();
                }
                await FlushAsync();
            }
            while (await answers.WaitToReadAsync(CancellationToken.None));
            if (request.IncludeUsage)
                WriteEvent(_ => { }, parts.Usage);
            WriteText("data: [DONE]\n\n");
        }
        catch (ApiException error)
        {
            using var json = BeginEvent();
            ErrorBody.Write(json, error);
            EndEvent(json);
        }
        await FlushAsync();
    }

    private async Task FlushAsync() => await context.Response.BodyWriter.FlushAsync(context.RequestAborted);

    private void WriteEvent(Action<Utf8JsonWriter> writeChoice, Usage? usage = null)
    {
        using Utf8JsonWriter json = BeginEvent();
        format.WriteHead(json, _id, _created, isChunk: true);
        writeChoice(json);
        AnswerFormat.WriteTail(json, usage, nullUsage: request.IncludeUsage);
        EndEvent(json);
    }

    private Utf8JsonWriter BeginEvent()
    {
        WriteText("data: ");
        return new Utf8JsonWriter(context.Response.BodyWriter, ErrorBody.Json);
    }

    private void EndEvent(Utf8JsonWriter json)
    {
        json.Flush();
        WriteText("\n\n");
    }

    private void WriteText(string ascii) => Encoding.ASCII.GetBytes(ascii, context.Response.BodyWriter);

    /// <summary>Of each prompt's samples as many as asked for, the likeliest first where there are more.</summary>
    private IEnumerable<WholeChoice> Best(WholeChoice[] all) => request.Samples == request.Choices ? all
        : all.Chunk(request.Samples).SelectMany(ofPrompt => ofPrompt.OrderByDescending(choice => parts.MeanLogProbability(choice.Index)).Take(request.Choices));

    /// <summary>The parts of a choice put together.</summary>
    private sealed class WholeChoice(int index)
    {
        private readonly StringBuilder _text = new();
        private List<TokenEntry>? _tokens;
        private FinishReason? _finish;

        public int Index => index;

        public void Add(Choice part)
        {
            _text.Append(part.Text);
            if (part.Tokens is not null)
                (_tokens ??= []).AddRange(part.Tokens);
            _finish = part.Finish ?? _finish;
        }

        public Choice ToChoice(int place) => new(place, _text.ToString(), _tokens, _finish);
    }
}
