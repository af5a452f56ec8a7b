using Castalia.Cli;

return await CastaliaCommand.InvokeAsync(args);
