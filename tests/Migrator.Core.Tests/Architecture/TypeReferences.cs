using System.Reflection;
using System.Reflection.Emit;

namespace Migrator.Core.Tests.Architecture;

/// <summary>Which namespaces the compiled types use: in their signatures and inside their methods.</summary>
internal static class TypeReferences
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(f => f.GetValue(null)).OfType<OpCode>().ToDictionary(o => o.Value);

    public static IEnumerable<Edge> Of(Assembly assembly) => assembly.GetTypes().SelectMany(Of).Distinct();

    public static IEnumerable<Edge> Of(Type type)
    {
        var used = new HashSet<Type>();
        Add(used, type.BaseType);
        foreach (var one in type.GetInterfaces()) Add(used, one);
        foreach (var field in type.GetFields(All)) Add(used, field.FieldType);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))) AddMethod(used, method);
        foreach (var nested in type.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public))
        {
            foreach (var edge in Of(nested)) yield return edge;
        }
        foreach (var to in used.Select(u => u.Namespace).OfType<string>().Distinct())
        {
            if (type.Namespace is { } from && from != to) yield return new Edge(from, to, type.FullName!);
        }
    }

    private static void AddMethod(HashSet<Type> used, MethodBase method)
    {
        if (method is MethodInfo info) Add(used, info.ReturnType);
        foreach (var parameter in method.GetParameters()) Add(used, parameter.ParameterType);
        if (method.GetMethodBody() is not { } body) return;
        foreach (var local in body.LocalVariables) Add(used, local.LocalType);
        var il = body.GetILAsByteArray()!;
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? OpCodesByValue[(short)(0xFE00 | il[at + 1])] : OpCodesByValue[il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok)
                AddMember(used, method, BitConverter.ToInt32(il, at));
            at += OperandSize(code, il, at);
        }
    }

    private static void AddMember(HashSet<Type> used, MethodBase method, int token)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
        Add(used, member as Type ?? member?.DeclaringType);
        if (member is MethodInfo { IsGenericMethod: true } generic) foreach (var one in generic.GetGenericArguments()) Add(used, one);
    }

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
        _ => 4,
    };

    private static void Add(HashSet<Type> used, Type? type)
    {
        if (type is null || type.IsGenericParameter) return;
        if (type.HasElementType) Add(used, type.GetElementType());
        else if (used.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type) || type.IsGenericType)
        {
            foreach (var argument in type.GetGenericArguments()) Add(used, argument);
        }
    }
}
