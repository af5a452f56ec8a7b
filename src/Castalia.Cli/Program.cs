Console.WriteLine("castalia");
