using Microsoft.Extensions.Logging;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>Puts the log of an engine into the output of the test that made it.</summary>
internal sealed class TestLog(ITestOutputHelper? output) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Writer(output, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(ITestOutputHelper? output, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => output is not null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                output?.WriteLine($"{logLevel} {category} {formatter(state, exception)} {exception}");
            }
            catch (InvalidOperationException)
            {
                // The test is over; nobody reads its output any more.
            }
        }
    }
}
