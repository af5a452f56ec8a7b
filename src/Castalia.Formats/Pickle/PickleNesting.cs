namespace Castalia.Formats;

/// <summary>
/// Makes sure of what a pickle made: nothing contains itself, nothing is nested too deep. Lists and dictionaries can be filled after they were put
/// somewhere.
/// </summary>
internal static class PickleNesting
{
    /// <summary>Walks over every container once, without recursion.</summary>
    public static void Check(object? root, Func<string, InputException> wrong)
    {
        var path = new Stack<(PickleContainer Container, int Next)>();
        Enter(root);
        while (path.TryPop(out (PickleContainer Container, int Next) top))
        {
            if (top.Next < top.Container.Count)
            {
                path.Push((top.Container, top.Next + 1));
                Enter(top.Container.ValueAt(top.Next));
                continue;
            }
            top.Container.Walked = true;
            if (path.TryPeek(out (PickleContainer Container, int Next) outer))
                Deepen(outer.Container, top.Container);
        }

        void Enter(object? value)
        {
            if (value is not PickleContainer { Count: > 0 } container)
                return;
            if (container.Walked is false)
                throw wrong("a container contains itself, which no state dictionary does.");
            if (container.Walked is true)
            {
                Deepen(path.Peek().Container, container);
                return;
            }
            if (path.Count == PickleReader.DeepestNesting)
                throw TooDeep();
            container.Walked = false;
            path.Push((container, 0));
        }

        void Deepen(PickleContainer outer, PickleContainer inner)
        {
            outer.Depth = Math.Max(outer.Depth, inner.Depth + 1);
            if (outer.Depth > PickleReader.DeepestNesting)
                throw TooDeep();
        }

        InputException TooDeep() => wrong($"its values are nested more than {PickleReader.DeepestNesting} deep.");
    }
}
