using System.Globalization;
using Castalia;
using Castalia.Formats;

// hold FOLDER         takes the folder's lock, says "held", and waits to be killed
// stall PATH          writes a megabyte to an atomic file, says "written", and waits to be killed
// write PATH BYTES    writes that many bytes atomically; .zst packs them on the way
try
{
    switch (args)
    {
        case ["hold", string folder]:
            using (FolderLock.Acquire(folder))
            {
                Console.WriteLine("held");
                Thread.Sleep(Timeout.Infinite);
            }
            break;
        case ["stall", string path]:
            using (AtomicFile file = AtomicFile.Create(path))
            {
                file.Stream.Write(new byte[1 << 20]);
                Console.WriteLine("written");
                Thread.Sleep(Timeout.Infinite);
            }
            break;
        case ["write", string path, string count]:
            CompressedStream.Write(path, stream =>
            {
                var random = new Random(1);
                byte[] piece = new byte[100_000];
                for (long left = long.Parse(count, CultureInfo.InvariantCulture); left > 0; left -= piece.Length)
                {
                    random.NextBytes(piece);
                    stream.Write(piece.AsSpan(0, (int)Math.Min(left, piece.Length)));
                }
            });
            break;
        default:
            return 2;
    }
    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
