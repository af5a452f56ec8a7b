namespace Castalia.Models;

/// <summary>What a token adds to a text.</summary>
/// <param name="Text">The text that is certain with it, which may be empty.</param>
/// <param name="Tokens">The tokens that the text is made of. They come with it, so some may come late.</param>
/// <param name="Finish">Why the text ends here; null if it goes on.</param>
/// <param name="StopString">The stop string that ended it; null where none did.</param>
public sealed record TextPiece(string Text, IReadOnlyList<TextToken> Tokens, FinishReason? Finish, string? StopString);

/// <summary>A token of a text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it stands for, for people to read; bytes that are parts of characters are written <c>\xE2</c>.</param>
/// <param name="Bytes">The bytes that it stands for.</param>
/// <param name="ByteOffset">How many bytes the tokens before it stand for, from the beginning of the continuation.</param>
/// <param name="TextOffset">How many characters (UTF-16) of the continuation were certain before it.</param>
/// <param name="LogProbability">Its log probability in nats, as the model has it.</param>
/// <param name="Top">The likeliest tokens in its place, as many as the options ask for.</param>
public sealed record TextToken(
    int Id, string Text, ReadOnlyMemory<byte> Bytes, long ByteOffset, int TextOffset, float LogProbability, IReadOnlyList<TextAlternative> Top);

/// <summary>A token that might have come.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it stands for, as <see cref="TextToken.Text"/>.</param>
/// <param name="Bytes">The bytes that it stands for.</param>
/// <param name="LogProbability">Its log probability in nats, as the model has it.</param>
public sealed record TextAlternative(int Id, string Text, ReadOnlyMemory<byte> Bytes, float LogProbability);

/// <summary>A whole continuation.</summary>
/// <param name="Text">Its text, without what ended it.</param>
/// <param name="Tokens">The tokens of the text.</param>
/// <param name="Finish">Why it ends.</param>
/// <param name="StopString">The stop string that ended it; null where none did.</param>
/// <param name="PromptTokens">How many tokens the prompt has.</param>
/// <param name="NewTokens">How many tokens were generated, what ended it included.</param>
public sealed record TextResult(string Text, IReadOnlyList<TextToken> Tokens, FinishReason Finish, string? StopString, int PromptTokens, int NewTokens);
