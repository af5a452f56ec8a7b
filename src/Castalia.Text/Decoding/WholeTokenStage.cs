using System.Text;

namespace Castalia.Text.Decoding;

/// <summary>A stage that has to see tokens whole: fragments are kept until the last one.</summary>
internal abstract class WholeTokenStage(DecoderStage next) : DecoderStage
{
    private readonly StringBuilder _token = new();

    /// <summary>The stage that takes what this one makes.</summary>
    protected DecoderStage Next => next;

    /// <summary>Takes a whole token.</summary>
    protected abstract void Push(string token);

    /// <summary>The tokens are at an end; <see cref="Next"/> is told by the caller.</summary>
    protected virtual void End()
    {
    }

    /// <summary>Hands on a whole token.</summary>
    protected void HandOn(string token) => next.Push(token, startsToken: true, endsToken: true);

    public sealed override void Push(string text, bool startsToken, bool endsToken)
    {
        if (startsToken && endsToken)
        {
            Push(text);
            return;
        }
        _token.Append(text);
        if (!endsToken)
            return;
        string token = _token.ToString();
        _token.Clear();
        Push(token);
    }

    public sealed override void Finish()
    {
        End();
        next.Finish();
    }
}
