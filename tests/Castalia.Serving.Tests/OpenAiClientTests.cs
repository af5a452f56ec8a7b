using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace Castalia.Serving.Tests;

/// <summary>The clients that people use: OpenAI's own for .NET, and Microsoft.Extensions.AI over it.</summary>
public sealed class OpenAiClientTests
{
    private const string Key = "open-sesame";

    [Fact]
    public async Task OpenAIs_client_completes_a_chat_with_log_probabilities()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { ApiKey = Key });
        ChatCompletion answer = await Client(server).GetChatClient("fake").CompleteChatAsync(
            [new SystemChatMessage("be"), new UserChatMessage(ChatMessageContentPart.CreateTextPart("hi "), ChatMessageContentPart.CreateTextPart("there"))],
            new ChatCompletionOptions { MaxOutputTokenCount = 20, Temperature = 0.5f, TopP = 0.9f, StopSequences = { "~~" }, IncludeLogProbabilities = true, TopLogProbabilityCount = 3, EndUserId = "me" });
        Assert.Equal("[system]be[user]hi t", answer.Content[0].Text);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal((35, 20), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal(20, answer.ContentTokenLogProbabilities.Count);
        Assert.Equal(("[", -0.5f, 3), (answer.ContentTokenLogProbabilities[0].Token, answer.ContentTokenLogProbabilities[0].LogProbability, answer.ContentTokenLogProbabilities[0].TopLogProbabilities.Count));
    }

    [Fact]
    public async Task OpenAIs_client_streams_a_chat()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { ApiKey = Key });
        var text = new System.Text.StringBuilder();
        OpenAI.Chat.ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in Client(server).GetChatClient("fake").CompleteChatStreamingAsync([new UserChatMessage("日本語~")], new ChatCompletionOptions { MaxOutputTokenCount = 60 }))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate)
                text.Append(part.Text);
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }
        Assert.Equal("[user]日本語", text.ToString());
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Stop, finish);
        Assert.Equal(16, usage!.OutputTokenCount);
    }

    [Fact]
    public async Task OpenAIs_client_lists_models_and_understands_refusals()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { ApiKey = Key });
        Assert.Equal("fake", Assert.Single((await Client(server).GetOpenAIModelClient().GetModelsAsync()).Value).Id);
        ClientResultException wrongKey = await Assert.ThrowsAsync<ClientResultException>(async () => await Client(server, "sesame").GetChatClient("fake").CompleteChatAsync(new UserChatMessage("hi")));
        Assert.Equal(401, wrongKey.Status);
        ClientResultException wrongModel = await Assert.ThrowsAsync<ClientResultException>(async () => await Client(server).GetChatClient("gpt-4").CompleteChatAsync(new UserChatMessage("hi")));
        Assert.Equal(404, wrongModel.Status);
        Assert.Contains("model_not_found", wrongModel.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MicrosoftExtensionsAI_talks_and_streams()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { ApiKey = Key });
        using IChatClient chat = Client(server).GetChatClient("fake").AsIChatClient();
        var options = new ChatOptions { MaxOutputTokens = 12, Temperature = 0, Seed = 3, StopSequences = ["!"] };
        ChatResponse answer = await chat.GetResponseAsync("hello", options);
        Assert.Equal("[user]hello[", answer.Text);
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(12, answer.Usage!.OutputTokenCount);
        var streamed = new System.Text.StringBuilder();
        await foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync("hello", options))
            streamed.Append(update.Text);
        Assert.Equal(answer.Text, streamed.ToString());
    }

    private static OpenAIClient Client(RunningServer server, string key = Key) =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(server.Server.Url, "v1") });
}
