using System.Reflection;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>
/// A service of backups that answers what the test put there, by method name, and remembers how it was called. Lists are empty and single
/// things are not found where nothing was put.
/// </summary>
public class TestBackups : DispatchProxy
{
    private readonly Dictionary<string, Func<object?[], object>> _answers = [];

    /// <summary>Method names and arguments, in the order of the calls.</summary>
    public List<(string Method, object?[] Args)> Calls { get; } = [];

    public static (IBackupService Service, TestBackups Control) Create()
    {
        var service = Create<IBackupService, TestBackups>();
        return (service, (TestBackups)(object)service);
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
        if (type == typeof(BackupOverview))
            return new BackupOverview(new AccountCounts(0, 0, 0, 0, 0, 0), [], null, 0, []);
        return type.GetGenericTypeDefinition() == typeof(ServiceResult<>)
            ? type.GetMethod(nameof(ServiceResult<object>.NotFound))!.Invoke(null, ["There is no such thing."])!
            : Array.CreateInstance(type.GetGenericArguments().Single(), 0);
    }
}
