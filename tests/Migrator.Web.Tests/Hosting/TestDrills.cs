using System.Reflection;
using Migrator.Core.Drills;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>
/// A service of drills that answers what the test put there, by method name, and remembers how it was called. Lists are empty and single
/// things are not found where nothing was put.
/// </summary>
public class TestDrills : DispatchProxy
{
    private readonly Dictionary<string, Func<object?[], object>> _answers = [];

    /// <summary>Method names and arguments, in the order of the calls.</summary>
    public List<(string Method, object?[] Args)> Calls { get; } = [];

    public static (IDrillService Service, TestDrills Control) Create()
    {
        var service = Create<IDrillService, TestDrills>();
        return (service, (TestDrills)(object)service);
    }

    /// <summary>The answer of a method from now on: the task's result.</summary>
    public void Answer(string method, Func<object?[], object> answer) => _answers[method] = answer;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        lock (Calls)
            Calls.Add((method.Name, args!));
        var type = method.ReturnType.GetGenericArguments().Single();
        var value = _answers.TryGetValue(method.Name, out var answer) ? answer(args!) : Nothing(type);
        return typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type).Invoke(null, [value]);
    }

    private static object Nothing(Type type)
    {
        if (type == typeof(SandboxAvailability))
            return new SandboxAvailability(false, "Node.js is not there. Install Node.js 20 or newer.", null, null);
        return type.GetGenericTypeDefinition() == typeof(ServiceResult<>)
            ? type.GetMethod(nameof(ServiceResult<object>.NotFound))!.Invoke(null, ["There is no such thing."])!
            : Array.CreateInstance(type.GetGenericArguments().Single(), 0);
    }
}
