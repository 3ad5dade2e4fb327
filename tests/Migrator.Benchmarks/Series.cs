using System.Globalization;

namespace Migrator.Benchmarks;

/// <summary>Numbers of one kind from several runs.</summary>
internal sealed class Series(string name, string unit)
{
    private readonly List<double> _values = [];

    public double Median
    {
        get
        {
            var sorted = _values.Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }

    public void Add(double value) => _values.Add(value);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{name}: median {Median:0.###} {unit} of [{string.Join(", ", _values.Select(value => value.ToString("0.###", CultureInfo.InvariantCulture)))}]");
}
